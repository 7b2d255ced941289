package io.kqueueserver.server;

import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.ExchangeException.Reason;
import io.kqueueserver.http.ResponseHolder;
import io.kqueueserver.stats.RequestWork;
import java.util.function.BiConsumer;

/**
 * Runs callbacks of the application while its exchange has not ended. Observers see the exchange at
 * work in a callback. An exception of a callback ends that exchange only. The loop's thread only.
 */
final class ApplicationCalls {
  private ApplicationCalls() {}

  /** Runs {@code callback} with {@code application} and {@code argument}. */
  static <T, A> void run(
      ExchangeCore exchange, BiConsumer<T, A> callback, T application, A argument) {
    RequestWork outer = exchange.context.loop.running(exchange);
    try {
      callback.accept(application, argument);
    } catch (Throwable e) {
      failed(exchange, e);
    } finally {
      exchange.context.loop.running(outer);
    }
  }

  /** Runs a task of the application on the loop, later; false if the loop has ended. Any thread. */
  static boolean execute(ExchangeCore exchange, Runnable task) {
    return exchange.context.loop.execute(
        () -> {
          if (exchange.end().hasEnded()) {
            task.run(); // the loop logs what it throws
          } else {
            run(exchange, (call, none) -> call.run(), task, exchange);
          }
        });
  }

  /** Sends 500 if no byte was sent; otherwise resets the exchange, so that the client notices. */
  private static void failed(ExchangeCore exchange, Throwable error) {
    ExchangeEnd end = exchange.end();
    if (end.hasEnded()) {
      return;
    }
    end.applicationFailed(error);
    if (exchange.isResponseEnded()) {
      return;
    }
    ExchangeException cause =
        new ExchangeException(Reason.APPLICATION, "the handler failed: " + error, error);
    if (exchange.isCommitted() && end.listener() instanceof ResponseHolder holder) {
      holder.reset(cause); // sends the bytes written before the failure first
    } else {
      exchange.reset(cause);
    }
  }
}
