package io.kqueueserver.spring.http;

import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import org.springframework.core.io.buffer.DataBuffer;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.util.context.Context;

/**
 * Sends a body of one buffer: the head with the length, the bytes and the end leave together. With
 * {@link #take} the writer subscribes to the source first and commits the response for its buffer.
 * With {@link #start} the response's parent class has committed before; that class then releases
 * the buffer if this writer signals an error.
 */
final class SingleBodyWriter extends BodyWriter implements CoreSubscriber<Object> {
  private static final AtomicReferenceFieldUpdater<SingleBodyWriter, @Nullable DataBuffer> OWNED =
      AtomicReferenceFieldUpdater.newUpdater(SingleBodyWriter.class, DataBuffer.class, "owned");

  private final SingleBodyTarget target;
  private final Publisher<?> source;
  private volatile @Nullable DataBuffer owned;
  private volatile @Nullable Subscription upstream;
  private volatile @Nullable Disposable commitActions;
  private boolean committedBefore;
  private boolean received;
  private boolean ended;

  /** Whether this writer and not the source ended the body; later signals may then be legal. */
  private boolean refused;

  SingleBodyWriter(
      KqueueServerHttpResponse response,
      CoreSubscriber<? super Void> subscriber,
      Publisher<? extends DataBuffer> source) {
    super(response, subscriber);
    this.target = response;
    this.source = source;
  }

  /** Subscribes to the source, and commits the response when a buffer arrives. */
  void take() {
    if (source instanceof Callable<?> known) {
      takeNow(known);
    } else {
      subscribe();
    }
  }

  private void subscribe() {
    try {
      source.subscribe(this);
    } catch (Throwable e) {
      broken(PublisherRules.RETURN, e);
    }
  }

  /** Calls the source instead of subscribing to it, as Reactor's own operators do. */
  private void takeNow(Callable<?> known) {
    Object buffer;
    try {
      buffer = known.call();
    } catch (Throwable e) {
      onError(e);
      return;
    }
    if (buffer == null) {
      onComplete();
    } else {
      onNext(buffer);
    }
  }

  @Override
  void start() {
    if (received) {
      sendOnLoop();
    } else {
      committedBefore = true;
      subscribe();
    }
  }

  @Override
  public Context currentContext() {
    return context();
  }

  @Override
  public void onSubscribe(Subscription subscription) {
    if (subscription == null) {
      broken(PublisherRules.NOT_NULL, null);
    } else if (upstream != null) {
      cancel(subscription);
      broken(PublisherRules.ONE_SUBSCRIPTION, null);
    } else {
      upstream = subscription;
      if (isActive()) {
        request(subscription);
      } else {
        cancel(subscription);
      }
    }
  }

  private void request(Subscription subscription) {
    try {
      subscription.request(Long.MAX_VALUE);
    } catch (Throwable e) {
      broken(PublisherRules.REQUEST, e);
    }
  }

  private void cancel(Subscription subscription) {
    try {
      subscription.cancel();
    } catch (Throwable e) {
      PublisherRules.CANCEL.ignored(source, e);
    }
  }

  @Override
  public void onNext(Object item) {
    if (received || ended) {
      late(item, null);
    } else if (item instanceof DataBuffer buffer) {
      accept(buffer);
    } else if (item == null) {
      broken(PublisherRules.NOT_NULL, null);
    } else {
      refuse(
          new ClassCastException(
              "The body publisher sent a "
                  + item.getClass().getName()
                  + ", which is no DataBuffer"));
    }
  }

  private void accept(DataBuffer buffer) {
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
      return; // the buffer was the end
    }
    if (ended) {
      late(null, null);
      return;
    }
    ended = true;
    if (!committedBefore) {
      complete(); // nothing to write, so nothing to commit
    } else if (!onLoop(this::sendNothing)) {
      fail(loopEnded());
    }
  }

  @Override
  public void onError(Throwable cause) {
    if (cause == null) {
      broken(PublisherRules.NOT_NULL, null);
    } else if (received || ended) {
      late(null, cause);
    } else {
      end(cause);
    }
  }

  private void end(Throwable cause) {
    ended = true;
    if (!committedBefore) {
      target.bodyFailed();
    }
    fail(cause);
  }

  /** Handles a breach of a rule. A breach after the buffer, which ends the body, is only logged. */
  private void broken(PublisherRules rule, @Nullable Throwable cause) {
    if (received || ended) {
      rule.ignored(source, cause);
    } else {
      refuse(rule.broken(source, cause));
    }
  }

  private void refuse(Throwable cause) {
    refused = true;
    end(cause);
  }

  private void late(@Nullable Object item, @Nullable Throwable error) {
    if (item instanceof DataBuffer buffer) {
      release(buffer);
    }
    if (!refused && !isCancelled()) {
      PublisherRules.END.ignored(source, error);
    }
  }

  private void commit() {
    if (!target.commitFor(this)) {
      complete(); // as in the parent class: a second body is not sent
    }
  }

  /** Sets the actions that the commit waits for. They are disposed of with this writer. */
  void awaits(Disposable actions) {
    commitActions = actions;
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
      target.sendWhole(buffer);
    } catch (Throwable e) {
      fail(e);
    }
  }

  private void sendNothing() {
    try {
      target.sendWhole(null);
    } catch (Throwable e) {
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
      cancel(subscription);
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
