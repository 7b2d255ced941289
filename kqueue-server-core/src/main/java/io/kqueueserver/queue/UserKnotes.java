package io.kqueueserver.queue;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;

/**
 * The EVFILT_USER knotes of the Linux twin. They are triggered by changes, which come on the loop
 * thread, so they need no descriptor; other threads have {@link Kqueue#wakeup()}. Loop thread only.
 */
final class UserKnotes {
  private static final class Knote {
    final long ident;
    int flags;
    int fflags;
    long data;
    long udata;
    boolean triggered;
    boolean queued;

    Knote(long ident) {
      this.ident = ident;
    }

    boolean isActive() {
      return triggered && (flags & EventFlag.EV_DISABLE) == 0;
    }
  }

  private final Map<Long, Knote> knotes = new HashMap<>();
  // Those to report, in the order of becoming ready; reported ones that stay ready go to the end.
  private final ArrayDeque<Knote> active = new ArrayDeque<>();

  /** Whether some knote is triggered and enabled. */
  boolean anyActive() {
    return !active.isEmpty();
  }

  /** Applies one change; returns false if there is no such knote. */
  boolean change(long ident, int flags, int fflags, long data, long udata) {
    Knote knote = knotes.get(ident);
    if (knote == null) {
      if ((flags & EventFlag.EV_ADD) == 0 || (flags & EventFlag.EV_DELETE) != 0) {
        return false;
      }
      // A trigger in the change that adds the knote does not fire: seen on NetBSD 10 and FreeBSD
      // 13.
      knote = new Knote(ident);
      knote.flags = flags;
      knote.fflags = fflags & EventFlag.NOTE_FFLAGSMASK;
      knote.udata = udata;
      knotes.put(ident, knote);
      return true;
    }
    if ((flags & EventFlag.EV_DELETE) != 0) {
      knotes.remove(ident);
      knote.triggered = false;
      queue(knote);
      return true;
    }
    touch(knote, flags, fflags, data);
    knote.udata = udata;
    if ((flags & EventFlag.EV_DISABLE) != 0) {
      knote.flags |= EventFlag.EV_DISABLE;
    } else if ((flags & EventFlag.EV_ENABLE) != 0) {
      knote.flags &= ~EventFlag.EV_DISABLE;
    }
    queue(knote);
    return true;
  }

  private static void touch(Knote knote, int flags, int fflags, long data) {
    int bits = fflags & EventFlag.NOTE_FFLAGSMASK;
    switch (fflags & EventFlag.NOTE_FFCTRLMASK) {
      case EventFlag.NOTE_FFAND -> knote.fflags &= bits;
      case EventFlag.NOTE_FFOR -> knote.fflags |= bits;
      case EventFlag.NOTE_FFCOPY -> knote.fflags = bits;
      default -> {} // NOTE_FFNOP
    }
    knote.data = data;
    if ((fflags & EventFlag.NOTE_TRIGGER) != 0) {
      knote.triggered = true;
    }
    if ((flags & EventFlag.EV_CLEAR) != 0) {
      knote.triggered = false;
    }
  }

  private void queue(Knote knote) {
    if (knote.isActive() && !knote.queued) {
      active.addLast(knote);
      knote.queued = true;
    } else if (!knote.isActive() && knote.queued) {
      active.remove(knote);
      knote.queued = false;
    }
  }

  /** Appends the active ones, as many as the list may hold; the others are first next time. */
  void collect(EventList events, int capacity) {
    for (int i = active.size(); i > 0 && events.size() < capacity; i--) {
      Knote knote = active.removeFirst();
      knote.queued = false;
      events.append(knote.ident, Filter.EVFILT_USER, 0, knote.fflags, knote.data, knote.udata);
      if ((knote.flags & EventFlag.EV_ONESHOT) != 0) {
        knotes.remove(knote.ident);
        continue;
      }
      if ((knote.flags & EventFlag.EV_CLEAR) != 0) {
        knote.triggered = false;
      }
      if ((knote.flags & EventFlag.EV_DISPATCH) != 0) {
        knote.flags |= EventFlag.EV_DISABLE;
      }
      queue(knote);
    }
  }
}
