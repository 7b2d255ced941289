package io.kqueueserver.loop;

import io.kqueueserver.queue.EventList;
import io.kqueueserver.stats.DescriptorKind;

/** The owner of one registered descriptor. All methods are called on its loop's thread. */
public interface EventHandler {
  /**
   * One event of this registration. {@code events} and the event in it are valid only during the
   * call.
   */
  void onEvent(EventList events, int index);

  /**
   * Registers the interests of this handler with the loop's new queue, which has none of the old
   * queue's, under the same udata. Anything that happened in between arrives as an event.
   */
  void registerAgain();

  /**
   * {@link #onEvent} threw: release everything, the descriptor included. The loop has logged the
   * error.
   */
  void onFailure(Throwable error);

  /** The loop ends: close the descriptor now. */
  void onLoopEnd();

  /** The descriptor, for logs. */
  int fd();

  /** The kind of the descriptor, for meters. The default is a watched file. */
  default DescriptorKind kind() {
    return DescriptorKind.FILE;
  }
}
