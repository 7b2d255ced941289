package io.kqueueserver.loop;

import io.kqueueserver.queue.EventList;
import io.kqueueserver.stats.LoopStats;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Catches what handlers and tasks throw: counts it, logs it, notifies the handler, and lets the
 * loop go on. The loop's thread only.
 */
final class Guard {
  private static final Logger log = LoggerFactory.getLogger(EventLoop.class);

  private final EventLoop loop;
  private final LoopStats stats;
  private final LoopListener listener;
  private final LostEvents lost = new LostEvents();

  Guard(EventLoop loop, LoopStats stats, LoopListener listener) {
    this.loop = loop;
    this.stats = stats;
    this.listener = listener;
  }

  void run(Runnable task) {
    try {
      task.run();
    } catch (Throwable e) {
      taskFailed(e);
    }
  }

  LoopListener listener() {
    return listener;
  }

  /** The work that was lost for want of memory. */
  LostEvents lost() {
    return lost;
  }

  void taskFailed(Throwable error) {
    stats.handlerErrors++;
    lost.note(error, loop.now());
    try {
      log.error("{}: a task failed; the loop goes on", loop.name(), error);
      listener.onError(loop, error);
    } catch (Throwable e) {
      stats.handlerErrors++; // no memory for a log line, as a rule: it must not cost the loop
    }
  }

  /** The handler failed on the event at the index; calls its {@code onFailure}. */
  void handlerFailed(EventHandler handler, EventList events, int index, Throwable error) {
    stats.handlerErrors++;
    lost.note(error, loop.now());
    // First, since it frees memory, for want of which all that follows may fail, too.
    try {
      handler.onFailure(error);
    } catch (Throwable e) {
      taskFailed(e);
    }
    try {
      report(handler, events, index, error);
    } catch (Throwable e) {
      stats.handlerErrors++;
    }
  }

  private void report(EventHandler handler, EventList events, int index, Throwable error) {
    log.error(
        "{}: handler of fd {} failed on {} flags=0x{}; its connection is closed",
        loop.name(),
        handler.fd(),
        events.filter(index),
        Integer.toHexString(events.flags(index)),
        error);
    listener.onError(loop, error);
  }

  /** A new queue has taken the place of the one that failed. */
  void loopReplaced(Throwable error) {
    report(
        () ->
            log.error(
                "{}: {}; a new event queue and thread take its place, with its connections",
                loop.name(),
                error.getMessage(),
                error),
        error);
  }

  /** The loop cannot go on. */
  void loopLost(Throwable error) {
    report(
        () ->
            log.error(
                "{}: {}; the loop ends and its connections are closed",
                loop.name(),
                error.getMessage(),
                error),
        error);
  }

  /**
   * To report an error may fail for want of memory, like what it reports: the loop goes on. What
   * happens on the way of requests makes not even an object of its line.
   */
  private void report(Runnable line, Throwable error) {
    try {
      line.run();
      listener.onError(loop, error);
    } catch (Throwable e) {
      stats.handlerErrors++;
    }
  }
}
