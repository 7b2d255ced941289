package io.kqueueserver.server.h2;

import io.kqueueserver.http.h2.StreamState;

/**
 * The last states of streams that have ended lately, by identifier. The table begins small and
 * grows before it would forget a stream, so that a connection of few requests is small. The loop's
 * thread only.
 */
final class EndedStreams {
  /** 256: streams whose last state is kept, to distinguish late frames from wrong ones. */
  static final int REMEMBERED = 256;

  private static final int INITIAL_SLOTS = 8;
  private static final StreamState[] STATES = StreamState.values();

  /** Identifiers by their low bits; 0 for an empty slot. */
  private int[] ids = new int[INITIAL_SLOTS];

  /** Ordinals of the states. */
  private byte[] states = new byte[INITIAL_SLOTS];

  /** Remembers the state of a stream. */
  void add(int id, StreamState state) {
    int at = slot(id);
    while (ids[at] != 0 && ids[at] != id && ids.length < REMEMBERED) {
      grow();
      at = slot(id);
    }
    ids[at] = id;
    states[at] = (byte) state.ordinal();
  }

  /** The state of the stream, or {@link StreamState#FORGOTTEN}. */
  StreamState state(int id) {
    int at = slot(id);
    return ids[at] == id ? STATES[states[at]] : StreamState.FORGOTTEN;
  }

  private int slot(int id) {
    return (id >>> 1) & (ids.length - 1);
  }

  /** Doubles the table. Identifiers of different slots stay in different slots. */
  private void grow() {
    int[] knownIds = ids;
    byte[] knownStates = states;
    ids = new int[2 * knownIds.length];
    states = new byte[ids.length];
    for (int i = 0; i < knownIds.length; i++) {
      int at = slot(knownIds[i]);
      if (knownIds[i] != 0) {
        ids[at] = knownIds[i];
        states[at] = knownStates[i];
      }
    }
  }
}
