package io.kqueueserver.server;

import io.kqueueserver.http.HttpException;
import io.kqueueserver.http.RequestHead;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Notifies two listeners. An exception of the first is thrown after the second was notified. */
record TwoListeners(ServerListener first, ServerListener second) implements ServerListener {
  private void both(Consumer<ServerListener> news) {
    try {
      news.accept(first);
    } finally {
      news.accept(second);
    }
  }

  @Override
  public void onStart() {
    both(ServerListener::onStart);
  }

  @Override
  public void onStop() {
    both(ServerListener::onStop);
  }

  @Override
  public void onFailed(Throwable cause) {
    both(listener -> listener.onFailed(cause));
  }

  @Override
  public void onHandedOver() {
    both(ServerListener::onHandedOver);
  }

  @Override
  public void onRefused(@Nullable RequestHead request, HttpException cause) {
    both(listener -> listener.onRefused(request, cause));
  }

  @Override
  public void onHandlerError(RequestHead request, Throwable error) {
    both(listener -> listener.onHandlerError(request, error));
  }

  @Override
  public boolean wantsExchangeEnds() {
    return first.wantsExchangeEnds() || second.wantsExchangeEnds();
  }

  @Override
  public void onExchangeEnd(EndedExchange exchange) {
    both(
        listener -> {
          if (listener.wantsExchangeEnds()) {
            listener.onExchangeEnd(exchange);
          }
        });
  }

  @Override
  public long dropped() {
    return first.dropped() + second.dropped();
  }
}
