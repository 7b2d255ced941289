package io.kqueueserver.loop;

import io.kqueueserver.queue.EventList;
import io.kqueueserver.stats.LoopStats;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What handlers and tasks throw ends here: counted, logged, told, and the loop goes on. The loop's
 * thread only.
 */
final class Guard {
  private static final Logger log = LoggerFactory.getLogger(EventLoop.class);

  private final EventLoop loop;
  private final LoopStats stats;
  private final LoopListener listener;

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

  void taskFailed(Throwable error) {
    stats.handlerErrors++;
    log.error("{}: a task failed; the loop goes on", loop.name(), error);
    listener.onError(loop, error);
  }

  /** The handler failed on the event at the index, and is told so. */
  void handlerFailed(EventHandler handler, EventList events, int index, Throwable error) {
    stats.handlerErrors++;
    log.error(
        "{}: handler of fd {} failed on {} flags=0x{}; its connection is closed",
        loop.name(),
        handler.fd(),
        events.filter(index),
        Integer.toHexString(events.flags(index)),
        error);
    listener.onError(loop, error);
    run(() -> handler.onFailure(error));
  }

  /** The loop itself cannot go on. */
  void loopFailed(Throwable error) {
    log.error(
        "{}: the event queue failed; the loop ends and its connections are closed",
        loop.name(),
        error);
    listener.onError(loop, error);
  }
}
