package io.kqueueserver.server.observe;

import java.util.ArrayList;
import java.util.List;

/** The last stalls of one server, oldest first. Loops do not use this class. Any thread. */
public final class StallLog {
  /** 64 stalls: with two stacks of some fifty frames each, half a megabyte at most. */
  public static final int CAPACITY = 64;

  private final List<Stall> stalls = new ArrayList<>();

  public synchronized void add(Stall stall) {
    if (stalls.size() == CAPACITY) {
      stalls.remove(0);
    }
    stalls.add(stall);
  }

  /** Replaces a stall by a later record of the same stall, if the stall is still kept. */
  public synchronized void replace(Stall later) {
    stalls.replaceAll(stall -> stall.id() == later.id() ? later : stall);
  }

  public synchronized List<Stall> all() {
    return new ArrayList<>(stalls);
  }
}
