package io.kqueueserver.spring.ws;

import io.kqueueserver.server.ws.WebSocket;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import org.springframework.web.reactive.socket.WebSocketMessage;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;

/**
 * The messages of a session, for one subscriber, read by its demand. After a cancel, what comes is
 * thrown away, so that the peer's Close is seen. Messages are delivered on the loop.
 */
final class InboundMessages extends Flux<WebSocketMessage> implements Subscription {
  private final WebSocket socket;
  private final LoopOrder loop;
  private final AtomicReference<@Nullable CoreSubscriber<? super WebSocketMessage>> subscriber =
      new AtomicReference<>();

  private volatile boolean cancelled;

  // Loop thread.
  private boolean attached;
  private boolean ended;

  InboundMessages(WebSocket socket, LoopOrder loop) {
    this.socket = socket;
    this.loop = loop;
  }

  @Override
  public void subscribe(CoreSubscriber<? super WebSocketMessage> actual) {
    if (!subscriber.compareAndSet(null, actual)) {
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
      loop.run(() -> socket.demand(n));
      return;
    }
    CoreSubscriber<? super WebSocketMessage> actual = subscriber.get();
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

  /** Loop thread: a message that was demanded. */
  void next(WebSocketMessage message) {
    CoreSubscriber<? super WebSocketMessage> actual = subscriber.get();
    if (actual != null && !cancelled && !ended) {
      actual.onNext(message);
    }
  }

  /** Loop thread: none follows. */
  void end() {
    if (!ended) {
      ended = true;
      completeIfEnded();
    }
  }

  private void completeIfEnded() {
    CoreSubscriber<? super WebSocketMessage> actual = subscriber.get();
    if (ended && attached && !cancelled && actual != null) {
      cancelled = true;
      actual.onComplete();
    }
  }
}
