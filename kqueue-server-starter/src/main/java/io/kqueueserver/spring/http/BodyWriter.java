package io.kqueueserver.spring.http;

import io.kqueueserver.http.Exchange;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.reactivestreams.Subscription;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import reactor.core.CoreSubscriber;
import reactor.util.context.Context;

/**
 * Sends one response body and tells its subscriber, once, how that ended: completed when the last
 * byte was handed to the kernel, or failed. The subscriber may cancel from any thread; the rest
 * runs on the loop thread.
 */
abstract class BodyWriter implements Subscription {
  private static final Log logger = LogFactory.getLog(HttpHandlerAdapter.class);

  // ACTIVE -> CANCELLED  the subscriber lost interest
  // ACTIVE -> ENDED      the subscriber was told
  private enum State {
    ACTIVE,
    CANCELLED,
    ENDED
  }

  private static final AtomicReferenceFieldUpdater<BodyWriter, State> STATE =
      AtomicReferenceFieldUpdater.newUpdater(BodyWriter.class, State.class, "state");

  final KqueueServerHttpResponse response;
  final Exchange exchange;
  private final CoreSubscriber<? super Void> subscriber;
  private volatile State state = State.ACTIVE;

  BodyWriter(KqueueServerHttpResponse response, CoreSubscriber<? super Void> subscriber) {
    this.response = response;
    this.exchange = response.exchange();
    this.subscriber = subscriber;
  }

  /** Starts to send; called once, on the subscriber's thread, after its onSubscribe. */
  abstract void start();

  /**
   * Stops the source and lets go of every buffer not yet written. Any thread, perhaps repeatedly.
   */
  abstract void abandon();

  /** Loop thread: the connection takes bytes again. */
  void onWritable() {}

  /** Loop thread: every byte of the finished response was handed to the kernel. */
  void onSent() {
    complete();
  }

  /** The subscriber is told that all is done. */
  final void complete() {
    if (STATE.compareAndSet(this, State.ACTIVE, State.ENDED)) {
      subscriber.onComplete();
    }
  }

  /** Sending failed: the source is stopped and the subscriber told. Any thread. */
  final void fail(Throwable cause) {
    if (STATE.compareAndSet(this, State.ACTIVE, State.ENDED)) {
      abandon();
      subscriber.onError(cause);
    }
  }

  final boolean isActive() {
    return state == State.ACTIVE;
  }

  final boolean isCancelled() {
    return state == State.CANCELLED;
  }

  /** Nothing is bounded by it: there are no items for this subscriber, only an end. */
  @Override
  public final void request(long n) {}

  @Override
  public final void cancel() {
    if (STATE.compareAndSet(this, State.ACTIVE, State.CANCELLED)) {
      abandon();
    }
  }

  /** Runs the task on the loop thread, now if this is it. False if the loop has ended. */
  final boolean onLoop(Runnable task) {
    if (exchange.inLoop()) {
      task.run();
      return true;
    }
    return exchange.execute(task);
  }

  static AbortedException loopEnded() {
    return new AbortedException("The server has stopped", null);
  }

  /** Releases the buffer; one that the application has released too often ends nothing here. */
  static void release(DataBuffer buffer) {
    try {
      DataBufferUtils.release(buffer);
    } catch (RuntimeException e) {
      logger.warn("A body buffer could not be released: " + e);
    }
  }

  final Context context() {
    return subscriber.currentContext();
  }
}
