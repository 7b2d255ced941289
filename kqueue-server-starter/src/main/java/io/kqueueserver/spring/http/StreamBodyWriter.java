package io.kqueueserver.spring.http;

import io.kqueueserver.http.Exchange;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import reactor.core.CoreSubscriber;
import reactor.core.Exceptions;
import reactor.core.Fuseable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.util.concurrent.Queues;
import reactor.util.context.Context;

/**
 * Sends a body of many buffers. Signals come from any thread and cross to the loop through a queue
 * that is no longer than the demand, with at most one drain on its way. Buffers are requested only
 * while the connection takes bytes.
 *
 * <p>The first buffer waits until the current turn of the loop ends, so that a body of only one
 * buffer gets a Content-Length. The core hands bytes to the kernel at the end of every turn, so a
 * source that pauses delays no buffer beyond that.
 */
final class StreamBodyWriter extends BodyWriter implements CoreSubscriber<DataBuffer> {
  /** Marks the end of an inner publisher of {@code writeAndFlushWith}; never written. */
  private static final DataBuffer FLUSH = DefaultDataBufferFactory.sharedInstance.wrap(new byte[0]);

  /** 16 buffers in flight at most: enough to hide a thread hop. */
  private static final int PREFETCH = 16;

  /** 64 KiB in flight: large buffers are asked for in twos, since a client may not take them. */
  private static final int PREFETCH_BYTES = 64 * 1024;

  /** 2 buffers in flight at least, and before it is known how large they are. */
  private static final int LEAST_PREFETCH = 2;

  /**
   * 32 groups: a source that cannot wait, such as {@code Flux.interval}, fails without demand, so
   * the demand must outlast a pause of the loop.
   */
  private static final int GROUPS = 32;

  private static final AtomicReferenceFieldUpdater<StreamBodyWriter, Subscription> UPSTREAM =
      AtomicReferenceFieldUpdater.newUpdater(
          StreamBodyWriter.class, Subscription.class, "upstream");

  private final Publisher<? extends DataBuffer> source;
  private final boolean holdsFirst;
  private final Queue<DataBuffer> queue = Queues.<DataBuffer>get(PREFETCH).get();
  private final AtomicInteger pendingDrains = new AtomicInteger();

  /** The handler's tasks: the source may schedule some when it is asked for more. */
  private final @Nullable HandlerTasks tasks = HandlerTasks.current();

  private volatile @Nullable Subscription upstream;
  private @Nullable Throwable sourceError;
  // Written last by the source's thread, read first by the loop.
  private volatile boolean sourceDone;

  // Loop thread only.
  private @Nullable DataBuffer held;
  private boolean turnEnded;
  private boolean headSent;
  private boolean finished;
  private int largest;
  private int window = LEAST_PREFETCH;
  private int inFlight = LEAST_PREFETCH;

  private StreamBodyWriter(
      KqueueServerHttpResponse response,
      CoreSubscriber<? super Void> subscriber,
      Publisher<? extends DataBuffer> source,
      boolean holdsFirst) {
    super(response, subscriber);
    this.source = source;
    this.holdsFirst = holdsFirst;
  }

  /** A writer that sends the buffers of one turn together. */
  static StreamBodyWriter of(
      KqueueServerHttpResponse response,
      CoreSubscriber<? super Void> subscriber,
      Publisher<? extends DataBuffer> source) {
    return new StreamBodyWriter(response, subscriber, source, !response.hasContentLength());
  }

  /** A writer that hands the buffers to the kernel after each inner publisher. */
  static StreamBodyWriter flushing(
      KqueueServerHttpResponse response,
      CoreSubscriber<? super Void> subscriber,
      Publisher<? extends Publisher<? extends DataBuffer>> groups) {
    Flux<DataBuffer> source =
        Flux.from(groups)
            .concatMap(group -> GuardedBody.of(group).concatWith(Mono.just(FLUSH)), GROUPS)
            .doOnDiscard(Fuseable.ScalarCallable.class, StreamBodyWriter::releaseGroup);
    return new StreamBodyWriter(response, subscriber, source, false);
  }

  /** Releases a group that was not subscribed to: the buffer of a {@code Mono.just}. */
  static void releaseGroup(Object group) {
    try {
      if (group instanceof Fuseable.ScalarCallable<?> known
          && known.call() instanceof DataBuffer buffer) {
        release(buffer);
      }
    } catch (Exception e) {
      // A group that fails has no buffer.
    }
  }

  @Override
  void start() {
    source.subscribe(this);
  }

  @Override
  public Context currentContext() {
    return context();
  }

  @Override
  public void onSubscribe(Subscription subscription) {
    if (Operators.setOnce(UPSTREAM, this, subscription)) {
      subscription.request(LEAST_PREFETCH);
    }
  }

  @Override
  public void onNext(DataBuffer buffer) {
    if (sourceDone || !queue.offer(buffer)) {
      drop(buffer);
      onError(Exceptions.failWithOverflow("The body publisher sent more than it was asked for"));
      return;
    }
    schedule();
  }

  @Override
  public void onComplete() {
    sourceDone = true;
    schedule();
  }

  @Override
  public void onError(Throwable cause) {
    if (!sourceDone) {
      sourceError = cause;
      sourceDone = true;
    }
    schedule();
  }

  @Override
  void abandon() {
    Operators.terminate(UPSTREAM, this);
    schedule();
  }

  @Override
  void onWritable() {
    if (isActive()) {
      replenish();
    }
  }

  private void schedule() {
    if (pendingDrains.getAndIncrement() != 0) {
      return;
    }
    if (exchange.inLoop()) {
      drain();
    } else if (!exchange.execute(this::drain)) {
      // The loop has ended and drains no more, so this thread may.
      pendingDrains.set(1);
      fail(loopEnded());
      drain();
    }
  }

  private void drain() {
    HandlerTasks outer = HandlerTasks.enter(tasks);
    try {
      int seen = pendingDrains.get();
      do {
        drainQueue();
        seen = pendingDrains.addAndGet(-seen);
      } while (seen != 0);
    } finally {
      HandlerTasks.leave(tasks, outer);
    }
  }

  private void drainQueue() {
    while (true) {
      if (!isActive() || finished) {
        dropAll();
        return;
      }
      boolean isLast = sourceDone;
      DataBuffer buffer = queue.poll();
      try {
        if (buffer != null) {
          take(buffer);
        } else if (isLast) {
          end();
        } else {
          sendHeldOfPastTurn();
          return;
        }
      } catch (Throwable e) {
        // Errors are caught too: an uncaught one would leave the drain under way for ever.
        fail(e);
      }
    }
  }

  private void take(DataBuffer buffer) {
    inFlight--;
    measure(buffer.readableByteCount());
    if (buffer == FLUSH) {
      exchange.flush();
    } else if (holdsFirst && !headSent && held == null) {
      held = buffer;
      exchange.execute(this::endOfTurn);
    } else {
      sendHeld();
      writeAndRelease(buffer);
    }
    if (exchange.isWritable()) {
      replenish();
    }
  }

  /** The largest buffer so far decides how many may be in flight. */
  private void measure(int bytes) {
    if (bytes > largest || largest == 0) {
      largest = Math.max(1, bytes);
      window = Math.max(LEAST_PREFETCH, Math.min(PREFETCH, PREFETCH_BYTES / largest));
    }
  }

  /** Asks for what the window has room for, when most of it is used. */
  private void replenish() {
    Subscription subscription = upstream;
    int n = window - inFlight;
    if (subscription != null && inFlight <= Math.max(1, window / 4) && n > 0) {
      inFlight += n;
      subscription.request(n);
    }
  }

  private void endOfTurn() {
    turnEnded = true;
    schedule();
  }

  private void sendHeldOfPastTurn() {
    if (turnEnded && held != null) {
      sendHeld();
    }
  }

  private void sendHeld() {
    sendHead(Exchange.UNKNOWN_LENGTH);
    DataBuffer first = held;
    if (first != null) {
      held = null;
      writeAndRelease(first);
    }
  }

  private void writeAndRelease(DataBuffer buffer) {
    DataBuffers.writeAndRelease(exchange, buffer);
  }

  private void sendHead(long length) {
    if (!headSent) {
      try {
        response.sendHead(length);
      } finally {
        headSent = true;
      }
    }
  }

  private void end() {
    finished = true;
    Throwable error = sourceError;
    if (error != null) {
      if (held != null) {
        sendHeld();
      }
      fail(error); // with no byte written the head is not sent, and a 500 can take its place
      return;
    }
    DataBuffer only = held;
    if (only != null) {
      sendHead(only.readableByteCount());
    }
    sendHead(0);
    if (only != null) {
      held = null;
      writeAndRelease(only);
    }
    response.finish();
  }

  private void dropAll() {
    DataBuffer first = held;
    if (first != null) {
      held = null;
      drop(first);
    }
    DataBuffer buffer = queue.poll();
    while (buffer != null) {
      drop(buffer);
      buffer = queue.poll();
    }
  }

  private static void drop(DataBuffer buffer) {
    if (buffer != FLUSH) {
      release(buffer);
    }
  }
}
