package io.kqueueserver.spring.ws;

import io.kqueueserver.http.ws.Opcode;
import io.kqueueserver.spring.http.AbortedException;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.web.reactive.socket.WebSocketMessage;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * One {@code send}: writes the messages of a publisher as the client takes them, and completes when
 * all messages have left. Several sends of a session take turns, a message at a time.
 */
final class SendMono extends Mono<Void> {
  private final KqueueWebSocketSession session;
  private final Publisher<WebSocketMessage> messages;

  SendMono(KqueueWebSocketSession session, Publisher<WebSocketMessage> messages) {
    this.session = session;
    this.messages = messages;
  }

  @Override
  public void subscribe(CoreSubscriber<? super Void> actual) {
    Sending sending = new Sending(session, actual);
    actual.onSubscribe(sending);
    if (!session.loop().run(() -> session.began(sending))) {
      sending.end(new AbortedException("the server has stopped", null));
    }
    messages.subscribe(sending);
  }

  /** The subscriber of the messages. */
  static final class Sending implements CoreSubscriber<WebSocketMessage>, Subscription {
    private static final AtomicReferenceFieldUpdater<Sending, Subscription> UPSTREAM =
        AtomicReferenceFieldUpdater.newUpdater(Sending.class, Subscription.class, "upstream");

    private final KqueueWebSocketSession session;
    private final CoreSubscriber<? super Void> actual;
    private volatile @Nullable Subscription upstream;
    private volatile boolean cancelled;

    // Loop thread.
    private boolean owesRequest;
    private boolean ended;

    Sending(KqueueWebSocketSession session, CoreSubscriber<? super Void> actual) {
      this.session = session;
      this.actual = actual;
    }

    @Override
    public Context currentContext() {
      return actual.currentContext();
    }

    @Override
    public void onSubscribe(Subscription s) {
      if (Operators.setOnce(UPSTREAM, this, s)) {
        // One at a time: a message may be of any length.
        s.request(1);
      }
    }

    @Override
    public void onNext(WebSocketMessage message) {
      LoopOrder order = session.loop();
      if (order.isNow()) {
        write(message);
      } else if (!order.later(new Write(order, this, message))) {
        release(message);
        cancelUpstream();
      }
    }

    /** A message on its way to the loop. */
    private static final class Write extends LoopOrder.Task {
      private final Sending sending;
      private final WebSocketMessage message;

      Write(LoopOrder order, Sending sending, WebSocketMessage message) {
        super(order);
        this.sending = sending;
        this.message = message;
      }

      @Override
      void onLoop() {
        sending.write(message);
      }
    }

    private void write(WebSocketMessage message) {
      if (ended || cancelled || !session.isOpen()) {
        release(message);
        return;
      }
      owesRequest = true;
      try {
        session.write(message);
      } catch (IllegalArgumentException e) {
        cancelUpstream();
        end(e);
      } finally {
        release(message);
      }
      more();
    }

    private static void release(WebSocketMessage message) {
      DataBufferUtils.release(message.getPayload());
    }

    /**
     * Loop thread: requests the next message if the last one was written and the client takes more.
     */
    void more() {
      Subscription s = upstream;
      if (s != null && owesRequest && !ended && session.isWritable()) {
        owesRequest = false;
        s.request(1);
      }
    }

    @Override
    public void onComplete() {
      session.loop().run(() -> session.whenSent(() -> end(null)));
    }

    @Override
    public void onError(Throwable cause) {
      if (!session.loop().run(() -> end(cause))) {
        actual.onError(cause);
      }
    }

    @Override
    public void request(long n) {}

    @Override
    public void cancel() {
      cancelled = true;
      cancelUpstream();
      session.loop().run(() -> session.ended(this));
    }

    private void cancelUpstream() {
      Operators.terminate(UPSTREAM, this);
    }

    /**
     * Loop thread: the session takes no more messages.
     *
     * @param cause the failure that ended the session; null if the session was closed
     */
    void sessionEnded(@Nullable Throwable cause) {
      cancelUpstream();
      end(cause);
    }

    private void end(@Nullable Throwable cause) {
      if (ended) {
        return;
      }
      ended = true;
      session.ended(this);
      if (cancelled) {
        return;
      }
      if (cause == null) {
        actual.onComplete();
      } else {
        actual.onError(cause);
      }
    }
  }

  /** The opcode of the frames that carry messages of this type. */
  static Opcode opcode(WebSocketMessage.Type type) {
    return switch (type) {
      case TEXT -> Opcode.TEXT;
      case BINARY -> Opcode.BINARY;
      case PING -> Opcode.PING;
      case PONG -> Opcode.PONG;
    };
  }
}
