package io.kqueueserver.spring.ws;

import io.kqueueserver.server.ws.WebSocket;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;

/**
 * The messages that a session receives, or their pieces, for one subscriber. The subscriber's
 * demand decides how many messages are read. After a cancel, messages are read and dropped, so that
 * the peer's Close is seen. Messages are delivered on the loop.
 */
final class Inbound<T> extends Flux<T> implements Subscription {
  @SuppressWarnings("rawtypes") // a class literal has no type arguments
  private static final AtomicReferenceFieldUpdater<Inbound, CoreSubscriber> SUBSCRIBER =
      AtomicReferenceFieldUpdater.newUpdater(Inbound.class, CoreSubscriber.class, "subscriber");

  private final WebSocket socket;
  private final LoopOrder loop;
  private volatile @Nullable CoreSubscriber<? super T> subscriber;
  private volatile boolean cancelled;

  // Loop thread.
  private boolean attached;
  private boolean ended;
  private @Nullable Throwable failure;

  Inbound(WebSocket socket, LoopOrder loop) {
    this.socket = socket;
    this.loop = loop;
  }

  @Override
  public void subscribe(CoreSubscriber<? super T> actual) {
    if (!SUBSCRIBER.compareAndSet(this, null, actual)) {
      Operators.error(
          actual,
          new IllegalStateException("the messages of a session have one subscriber, and had it"));
      return;
    }
    actual.onSubscribe(this);
    boolean taken =
        loop.run(
            () -> {
              attached = true;
              completeIfEnded();
            });
    if (!taken && !cancelled) {
      actual.onComplete();
    }
  }

  @Override
  public void request(long n) {
    if (n > 0) {
      if (loop.isNow()) {
        socket.demand(n);
      } else {
        loop.run(() -> socket.demand(n));
      }
      return;
    }
    CoreSubscriber<? super T> actual = subscriber;
    if (actual != null) {
      cancel();
      actual.onError(new IllegalArgumentException("rule 3.9: demand of " + n));
    }
  }

  @Override
  public void cancel() {
    cancelled = true;
    loop.run(socket::discard);
  }

  /** Loop thread: delivers a message that the subscriber has demanded. */
  void next(T message) {
    CoreSubscriber<? super T> actual = subscriber;
    if (actual != null && !cancelled && !ended) {
      actual.onNext(message);
    }
  }

  /** Loop thread: completes the subscriber, or fails it with the cause; no message follows. */
  void end(@Nullable Throwable cause) {
    if (!ended) {
      ended = true;
      failure = cause;
      completeIfEnded();
    }
  }

  private void completeIfEnded() {
    CoreSubscriber<? super T> actual = subscriber;
    if (ended && attached && !cancelled && actual != null) {
      cancelled = true;
      if (failure == null) {
        actual.onComplete();
      } else {
        actual.onError(failure);
      }
    }
  }
}
