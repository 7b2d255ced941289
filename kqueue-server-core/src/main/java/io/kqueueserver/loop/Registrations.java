package io.kqueueserver.loop;

import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A slab of handlers, addressed by the {@code udata} of their events, which is a slot number and
 * the slot's generation. An event that was already fetched when its descriptor was closed, and its
 * slot perhaps given to a successor, does not find its generation any more.
 *
 * <p>The loop's thread only, but for {@link #slots} and {@link #observe}: observers read the slab
 * while it changes. The fences below cost the loop nothing on x86 and little elsewhere, and only
 * where connections come and go; {@link #find} has none.
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
        grow();
      }
      slot = used++;
      generations[slot] = 1;
    }
    VarHandle.releaseFence(); // an observer that sees the handler sees it whole
    handlers[slot] = handler;
    live++;
    return ((long) generations[slot] << 32) | slot;
  }

  private void grow() {
    int capacity = used * 2;
    @Nullable EventHandler[] wider = Arrays.copyOf(handlers, capacity);
    int[] widerGenerations = Arrays.copyOf(generations, capacity);
    free = Arrays.copyOf(free, capacity);
    VarHandle.releaseFence(); // an observer that sees the arrays sees them filled
    handlers = wider;
    generations = widerGenerations;
  }

  /**
   * Gives the slot back; events still under way for it are stale from now on. Returns the handler
   * that held it, or null if it was given back before.
   */
  @Nullable EventHandler remove(long udata) {
    EventHandler handler = find(udata);
    if (handler == null) {
      return null;
    }
    int slot = (int) udata;
    generations[slot]++;
    VarHandle.releaseFence(); // the generation goes first: see observe
    handlers[slot] = null;
    free[freeCount++] = slot;
    live--;
    return handler;
  }

  /** Slots ever used: beyond them there is nothing to observe. Any thread. */
  int slots() {
    return used;
  }

  /**
   * Lets an observer copy values of the slot's handler. Null if the slot is free, or if the handler
   * was removed during the copy. A handler is never used twice, so a copy is of one connection in
   * every case. An equal generation afterwards shows that the handler was still registered. Any
   * thread.
   */
  <T> @Nullable T observe(int slot, Observer<T> observer) {
    int[] before = generations;
    @Nullable EventHandler[] holders = handlers;
    if (slot < 0 || slot >= Math.min(before.length, holders.length)) {
      return null;
    }
    int generation = before[slot];
    VarHandle.acquireFence();
    EventHandler handler = holders[slot];
    if (handler == null) {
      return null;
    }
    VarHandle.acquireFence();
    T copy = observer.copy(((long) generation << 32) | slot, handler);
    VarHandle.acquireFence();
    return generations[slot] == generation ? copy : null;
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

  /** Does something with each, one after the other, but not with one that has gone meanwhile. */
  void each(Consumer<EventHandler> action) {
    for (int i = 0; i < used; i++) {
      EventHandler handler = handlers[i];
      if (handler != null) {
        action.accept(handler);
      }
    }
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
