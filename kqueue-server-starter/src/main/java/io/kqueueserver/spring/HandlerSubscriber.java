package io.kqueueserver.spring;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.ExchangeException.Reason;
import io.kqueueserver.http.HeaderSource;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Operators;

/** The one subscriber of a handler's result: ends the exchange as the handler ended. */
final class HandlerSubscriber implements CoreSubscriber<Void> {
  private static final Log logger = LogFactory.getLog(HttpHandlerAdapter.class);

  private static final AtomicReferenceFieldUpdater<HandlerSubscriber, Subscription> SUBSCRIPTION =
      AtomicReferenceFieldUpdater.newUpdater(
          HandlerSubscriber.class, Subscription.class, "subscription");

  private final Exchange exchange;
  private final KqueueServerHttpResponse response;
  private volatile @Nullable Subscription subscription;

  HandlerSubscriber(Exchange exchange, KqueueServerHttpResponse response) {
    this.exchange = exchange;
    this.response = response;
  }

  /** The client has gone. */
  void cancel() {
    Operators.terminate(SUBSCRIPTION, this);
  }

  @Override
  public void onSubscribe(Subscription s) {
    if (Operators.setOnce(SUBSCRIPTION, this, s)) {
      s.request(Long.MAX_VALUE);
    }
  }

  @Override
  public void onNext(Void nothing) {}

  @Override
  public void onComplete() {
    if (response.isCommitted()) {
      if (exchange.inLoop()) {
        completed();
      } else {
        exchange.execute(this::completed);
      }
    } else {
      // A plain HttpHandler need not commit; its commit actions still have to run.
      response.setComplete().subscribe(null, this::onError, () -> onLoop(this::completed));
    }
  }

  @Override
  public void onError(Throwable cause) {
    onLoop(() -> failed(cause));
  }

  private void onLoop(Runnable task) {
    if (exchange.inLoop()) {
      task.run();
    } else {
      exchange.execute(task);
    }
  }

  private boolean isCancelled() {
    return subscription == Operators.cancelledSubscription();
  }

  private void completed() {
    if (isCancelled()) {
      return;
    }
    if (response.isBodyOpen()) {
      String message = "the handler completed before its response body did";
      exchange.reset(new ExchangeException(Reason.APPLICATION, message));
      return;
    }
    try {
      response.sendEmpty();
    } catch (RuntimeException e) {
      failed(e);
    }
  }

  private void failed(Throwable cause) {
    if (isCancelled()) {
      return;
    }
    if (exchange.isCommitted()) {
      if (logger.isDebugEnabled()) {
        logger.debug("Handler failed after its response was begun", cause);
      }
      exchange.reset(new ExchangeException(Reason.APPLICATION, "the handler failed", cause));
    } else {
      logger.error("Handler failed before a response was begun", cause);
      exchange.respond(500, HeaderSource.NONE, 0);
      exchange.finish();
    }
  }
}
