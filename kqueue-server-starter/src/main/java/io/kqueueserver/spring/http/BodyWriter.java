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
 * Sends one response body and signals its end to one subscriber, once. The writer completes when
 * the last byte was handed to the kernel; otherwise it fails. The subscriber may cancel from any
 * thread; the rest runs on the loop thread.
 */
abstract class BodyWriter implements Subscription {
  private static final Log logger = LogFactory.getLog(HttpHandlerAdapter.class);

  // ACTIVE -> CANCELLED  by cancel of the subscriber
  // ACTIVE -> ENDED      by complete or fail, which signal the subscriber
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
   * Stops the source and releases every buffer that was not written. May be called on any thread,
   * and repeatedly.
   */
  abstract void abandon();

  /** Loop thread: the connection takes bytes again. */
  void onWritable() {}

  /** Loop thread: every byte of the finished response was handed to the kernel. */
  void onSent() {
    complete();
  }

  /** Completes the subscriber, unless the writer was cancelled or has ended. */
  final void complete() {
    if (STATE.compareAndSet(this, State.ACTIVE, State.ENDED)) {
      subscriber.onComplete();
    }
  }

  /** Sending failed: stops the source and signals the error to the subscriber. Any thread. */
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

  /** Ignores the demand: the subscriber gets no items, only an end. */
  @Override
  public final void request(long n) {}

  @Override
  public final void cancel() {
    if (STATE.compareAndSet(this, State.ACTIVE, State.CANCELLED)) {
      abandon();
    }
  }

  /**
   * Runs the task on the loop thread; at once if the caller is on it. Returns false if the loop has
   * ended.
   */
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

  /** Releases the buffer. A buffer that the application has released too often throws nothing. */
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
