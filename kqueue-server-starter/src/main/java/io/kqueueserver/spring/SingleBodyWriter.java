package io.kqueueserver.spring;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import org.springframework.core.io.buffer.DataBuffer;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * Sends a body of one buffer: head with its length, bytes and end leave together. {@code
 * AbstractServerHttpResponse.writeWith(Mono)} releases the buffer itself if we report an error, so
 * here it is released only when sent or cancelled.
 */
final class SingleBodyWriter extends BodyWriter implements CoreSubscriber<DataBuffer> {
  private final Publisher<? extends DataBuffer> source;
  private final AtomicReference<@Nullable DataBuffer> owned = new AtomicReference<>();
  private volatile @Nullable Subscription upstream;
  private boolean received;

  SingleBodyWriter(
      KqueueServerHttpResponse response,
      CoreSubscriber<? super Void> subscriber,
      Publisher<? extends DataBuffer> source) {
    super(response, subscriber);
    this.source = source;
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
    owned.set(buffer);
    if (!onLoop(this::send)) {
      fail(loopEnded());
    }
    if (!isActive()) {
      abandon();
    }
  }

  @Override
  public void onComplete() {
    if (!received && !onLoop(this::sendNothing)) {
      fail(loopEnded());
    }
  }

  @Override
  public void onError(Throwable cause) {
    fail(cause);
  }

  private void send() {
    DataBuffer buffer = owned.get();
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
    if (!isCancelled()) {
      owned.set(null);
    } else if (!onLoop(this::releaseOwned)) {
      releaseOwned();
    }
  }

  private void releaseOwned() {
    DataBuffer buffer = owned.getAndSet(null);
    if (buffer != null) {
      release(buffer);
    }
  }
}
