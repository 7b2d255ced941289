package io.kqueueserver.spring.http;

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

/** Subscribes to a handler's result and ends the exchange as the handler ended. */
final class HandlerSubscriber implements CoreSubscriber<Void> {
  private static final Log logger = LogFactory.getLog(HttpHandlerAdapter.class);

  private static final AtomicReferenceFieldUpdater<HandlerSubscriber, Subscription> SUBSCRIPTION =
      AtomicReferenceFieldUpdater.newUpdater(
          HandlerSubscriber.class, Subscription.class, "subscription");

  private final Exchange exchange;
  private final KqueueServerHttpResponse response;
  private final @Nullable HandlerTasks tasks;
  private volatile @Nullable Subscription subscription;
  private volatile boolean ended;

  HandlerSubscriber(
      Exchange exchange, KqueueServerHttpResponse response, @Nullable HandlerTasks tasks) {
    this.exchange = exchange;
    this.response = response;
    this.tasks = tasks;
  }

  /** The client has gone: cancels the handler, whose tasks may go on. */
  void cancel() {
    Operators.terminate(SUBSCRIPTION, this);
    if (tasks != null && !ended) {
      tasks.cancelled(exchange);
    }
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
    if (ended) {
      return;
    }
    ended = true;
    if (response.isCommitted()) {
      if (exchange.inLoop()) {
        completed();
      } else {
        exchange.execute(this::completed);
      }
    } else {
      // A plain HttpHandler need not commit; its commit actions still have to run.
      response
          .setComplete()
          .subscribe(null, e -> onLoop(() -> failed(e)), () -> onLoop(this::completed));
    }
  }

  @Override
  public void onError(Throwable cause) {
    if (ended) {
      // Rule 1.7 of Reactive Streams: only the first end counts.
      logger.warn("The handler's result signalled an error after its end; ignored", cause);
      return;
    }
    ended = true;
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
    } catch (Throwable e) {
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
