package io.kqueueserver.loop;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Who gets which event: a slab of handlers, addressed by the {@code udata} of their events, which
 * is a slot number and the slot's generation. An event that was already fetched when its descriptor
 * was closed, and its slot perhaps given to a successor, does not find its generation any more.
 */
final class Registrations {
  private @Nullable EventHandler[] handlers = new EventHandler[64];
  private int[] generations = new int[64];
  private int[] free = new int[64];
  private int freeCount;
  private int used;
  private int live;

  /** Takes a slot; the result is the {@code udata} for all changes of this registration. */
  long add(EventHandler handler) {
    int slot;
    if (freeCount > 0) {
      slot = free[--freeCount];
    } else {
      if (used == handlers.length) {
        int capacity = used * 2;
        handlers = Arrays.copyOf(handlers, capacity);
        generations = Arrays.copyOf(generations, capacity);
        free = Arrays.copyOf(free, capacity);
      }
      slot = used++;
      generations[slot] = 1;
    }
    handlers[slot] = handler;
    live++;
    return ((long) generations[slot] << 32) | slot;
  }

  /** Gives the slot back; events still under way for it are stale from now on. */
  void remove(long udata) {
    if (find(udata) == null) {
      return;
    }
    int slot = (int) udata;
    handlers[slot] = null;
    generations[slot]++;
    free[freeCount++] = slot;
    live--;
  }

  /** The handler this event is for, or null if it is stale. */
  @Nullable EventHandler find(long udata) {
    int slot = (int) udata;
    if (slot < 0 || slot >= used || generations[slot] != (int) (udata >>> 32)) {
      return null;
    }
    return handlers[slot];
  }

  int size() {
    return live;
  }

  /** A copy, to walk while registrations come and go. */
  EventHandler[] snapshot() {
    EventHandler[] result = new EventHandler[live];
    int n = 0;
    for (int i = 0; i < used; i++) {
      EventHandler handler = handlers[i];
      if (handler != null) {
        result[n++] = handler;
      }
    }
    return result;
  }
}
