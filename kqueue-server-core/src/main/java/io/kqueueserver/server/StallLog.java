package io.kqueueserver.server;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/** The last stalls of one server, oldest first. Loops never come here. Any thread. */
final class StallLog {
  /** With two stacks of some fifty frames each, half a megabyte at most. */
  static final int CAPACITY = 64;

  private final ArrayDeque<Stall> stalls = new ArrayDeque<>();

  synchronized void add(Stall stall) {
    if (stalls.size() == CAPACITY) {
      stalls.removeFirst();
    }
    stalls.addLast(stall);
  }

  /** Puts a later record of the same stall in its place, if it is still kept. */
  synchronized void replace(Stall later) {
    if (stalls.removeIf(stall -> stall.id() == later.id())) {
      stalls.addLast(later);
    }
  }

  synchronized List<Stall> all() {
    return new ArrayList<>(stalls);
  }
}
