package io.kqueueserver.spring;

import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import org.springframework.core.io.buffer.DataBuffer;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.core.Exceptions;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * Sends a body of one buffer: head with its length, bytes and end leave together. Either the source
 * is asked first and the response committed for its buffer ({@link #take}), or the parent class
 * committed before ({@link #start}); the parent then releases the buffer itself if we report an
 * error.
 */
final class SingleBodyWriter extends BodyWriter implements CoreSubscriber<DataBuffer> {
  private static final AtomicReferenceFieldUpdater<SingleBodyWriter, @Nullable DataBuffer> OWNED =
      AtomicReferenceFieldUpdater.newUpdater(SingleBodyWriter.class, DataBuffer.class, "owned");

  private final Publisher<? extends DataBuffer> source;
  private volatile @Nullable DataBuffer owned;
  private volatile @Nullable Subscription upstream;
  private volatile @Nullable Disposable commitActions;
  private boolean committedBefore;
  private boolean received;

  SingleBodyWriter(
      KqueueServerHttpResponse response,
      CoreSubscriber<? super Void> subscriber,
      Publisher<? extends DataBuffer> source) {
    super(response, subscriber);
    this.source = source;
  }

  /** Asks the source, and commits the response when it has answered with a buffer. */
  void take() {
    if (source instanceof Callable<?> known) {
      takeNow(known);
    } else {
      source.subscribe(this);
    }
  }

  /** What Reactor's own operators do with a source that can be called: no subscription is made. */
  private void takeNow(Callable<?> known) {
    Object buffer;
    try {
      buffer = known.call();
    } catch (Throwable e) {
      Exceptions.throwIfJvmFatal(e);
      onError(e);
      return;
    }
    if (buffer == null) {
      onComplete();
    } else {
      onNext((DataBuffer) buffer);
    }
  }

  @Override
  void start() {
    if (received) {
      sendOnLoop();
    } else {
      committedBefore = true;
      source.subscribe(this);
    }
  }

  @Override
  public Context currentContext() {
    return context();
  }

  @Override
  public void onSubscribe(Subscription subscription) {
    if (Operators.validate(upstream, subscription)) {
      upstream = subscription;
      if (isActive()) {
        subscription.request(Long.MAX_VALUE);
      } else {
        subscription.cancel();
      }
    }
  }

  @Override
  public void onNext(DataBuffer buffer) {
    received = true;
    owned = buffer;
    if (committedBefore) {
      sendOnLoop();
    } else {
      commit();
    }
    if (!isActive()) {
      abandon();
    }
  }

  @Override
  public void onComplete() {
    if (received) {
      return;
    }
    if (!committedBefore) {
      complete(); // nothing to write, so nothing to commit
    } else if (!onLoop(this::sendNothing)) {
      fail(loopEnded());
    }
  }

  @Override
  public void onError(Throwable cause) {
    if (!committedBefore) {
      response.getHeaders().clearContentHeaders(); // they described the body that did not come
    }
    fail(cause);
  }

  private void commit() {
    if (!response.beginCommit()) {
      complete(); // as the parent class: a second body goes nowhere
    } else if (response.hasActions()) {
      commitActions = response.runActions().subscribe(null, this::fail, this::committed, context());
    } else {
      committed();
    }
  }

  private void committed() {
    if (isActive()) {
      response.endCommit();
      response.start(this);
    }
  }

  private void sendOnLoop() {
    if (exchange.inLoop()) {
      send();
    } else if (!exchange.execute(this::send)) {
      fail(loopEnded());
    }
  }

  private void send() {
    DataBuffer buffer = owned;
    if (buffer == null || !isActive()) {
      return;
    }
    try {
      response.sendHead(buffer.readableByteCount());
      DataBuffers.write(exchange, buffer);
      response.finish();
    } catch (RuntimeException e) {
      fail(e);
    }
  }

  private void sendNothing() {
    try {
      response.sendHead(0);
      response.finish();
    } catch (RuntimeException e) {
      fail(e);
    }
  }

  @Override
  void onSent() {
    releaseOwned();
    super.onSent();
  }

  @Override
  void abandon() {
    Subscription subscription = upstream;
    if (subscription != null) {
      subscription.cancel();
    }
    Disposable actions = commitActions;
    if (actions != null) {
      actions.dispose();
    }
    if (committedBefore && !isCancelled()) {
      owned = null;
    } else if (!onLoop(this::releaseOwned)) {
      releaseOwned();
    }
  }

  private void releaseOwned() {
    DataBuffer buffer = OWNED.getAndSet(this, null);
    if (buffer != null) {
      release(buffer);
    }
  }
}
