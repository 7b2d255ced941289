package io.kqueueserver.spring.http;

import io.kqueueserver.http.BodyPiece;
import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;

/**
 * The request body as a publisher for one subscriber. Nothing is read from the client beyond the
 * subscriber's demand. A buffer that is dropped leaks nothing: it is garbage, with the memory that
 * it lies in. Cancel discards the rest of the body. Demand and cancel may come from any thread;
 * every signal but onSubscribe comes on the loop thread.
 */
final class RequestBody extends Flux<DataBuffer> implements Subscription {
  private static final AtomicIntegerFieldUpdater<RequestBody> SUBSCRIBERS =
      AtomicIntegerFieldUpdater.newUpdater(RequestBody.class, "subscribers");
  private static final AtomicLongFieldUpdater<RequestBody> DEMAND_ON_ITS_WAY =
      AtomicLongFieldUpdater.newUpdater(RequestBody.class, "demandOnItsWay");

  private final Exchange exchange;

  @SuppressWarnings("UnusedVariable") // by SUBSCRIBERS
  private volatile int subscribers;

  @SuppressWarnings("UnusedVariable") // by DEMAND_ON_ITS_WAY
  private volatile long demandOnItsWay;

  private volatile boolean cancelled;
  // Written before the subscriber's first request, read on the loop after that request.
  private volatile @Nullable CoreSubscriber<? super DataBuffer> subscriber;

  // Loop thread only.
  private boolean attached;
  private boolean complete;
  private boolean emitting;
  private boolean ended;
  private long demandWhileEmitting;
  private @Nullable Throwable failure;

  RequestBody(Exchange exchange) {
    this.exchange = exchange;
  }

  @Override
  public void subscribe(CoreSubscriber<? super DataBuffer> actual) {
    if (!SUBSCRIBERS.compareAndSet(this, 0, 1)) {
      Operators.error(
          actual, new IllegalStateException("The request body can be read by one subscriber only"));
      return;
    }
    subscriber = actual;
    actual.onSubscribe(this);
    if (exchange.inLoop()) {
      attach();
    } else if (!exchange.execute(this::attach)) {
      actual.onError(new AbortedException("The server has stopped", null));
    }
  }

  /** Attaches the subscriber: from now on the end of the body is signalled, even without demand. */
  private void attach() {
    attached = true;
    signalEnd();
  }

  @Override
  public void request(long n) {
    if (!Operators.validate(n)) {
      return;
    }
    if (exchange.inLoop()) {
      demand(n);
    } else if (Operators.addCap(DEMAND_ON_ITS_WAY, this, n) == 0) {
      exchange.execute(() -> demand(DEMAND_ON_ITS_WAY.getAndSet(this, 0)));
    }
  }

  private void demand(long n) {
    if (emitting) {
      // A subscriber that requests inside onNext would otherwise recurse once per piece.
      demandWhileEmitting = Operators.addCap(demandWhileEmitting, n);
    } else if (!complete && !cancelled) {
      exchange.demand(n);
    }
  }

  @Override
  public void cancel() {
    cancelled = true;
    if (exchange.inLoop()) {
      discard();
    } else {
      exchange.execute(this::discard);
    }
  }

  private void discard() {
    if (!complete) {
      exchange.discardBody();
    }
  }

  /** Loop thread: delivers one piece that the subscriber has requested. */
  void onBody(ByteBuffer data) {
    emit(new PieceDataBuffer(new Copy(data)));
  }

  /** A piece in memory of its own, which the collector frees. */
  private record Copy(ByteBuffer bytes) implements BodyPiece {
    @Override
    public void release() {}

    @Override
    public void forfeit() {}
  }

  /** As {@link #onBody}, of a piece whose memory the server wants back. */
  void onLentBody(BodyPiece piece) {
    emit(new PieceDataBuffer(piece));
  }

  private void emit(DataBuffer data) {
    CoreSubscriber<? super DataBuffer> actual = subscriber;
    if (actual == null || cancelled) {
      DataBufferUtils.release(data);
      return;
    }
    emitting = true;
    try {
      actual.onNext(data);
    } finally {
      emitting = false;
    }
    long demand = demandWhileEmitting;
    if (demand > 0) {
      demandWhileEmitting = 0;
      demand(demand);
    }
  }

  /** Loop thread: the body is complete. */
  void onBodyComplete() {
    complete = true;
    signalEnd();
  }

  /** Loop thread: the exchange ended before the body did. */
  void onError(ExchangeException cause) {
    failed(AbortedException.from(cause));
  }

  /** Loop thread: the response is complete; the rest of the body will not be read. */
  void onResponseSent() {
    if (!complete) {
      failed(new AbortedException("The response was complete before the request body was", null));
    }
  }

  private void failed(Throwable cause) {
    if (!complete) {
      complete = true;
      failure = cause;
      signalEnd();
    }
  }

  private void signalEnd() {
    CoreSubscriber<? super DataBuffer> actual = subscriber;
    if (!attached || !complete || ended || cancelled || actual == null) {
      return;
    }
    ended = true;
    Throwable error = failure;
    if (error != null) {
      actual.onError(error);
    } else {
      actual.onComplete();
    }
  }
}
