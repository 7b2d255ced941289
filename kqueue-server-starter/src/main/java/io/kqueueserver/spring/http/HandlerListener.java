package io.kqueueserver.spring.http;

import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.ExchangeListener;
import io.kqueueserver.http.Headers;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Hands what happens to an exchange to the three that care: request body, response, handler. */
final class HandlerListener implements ExchangeListener {
  private final @Nullable RequestBody body;
  private final KqueueServerHttpResponse response;
  private final HandlerSubscriber handler;

  HandlerListener(
      KqueueServerHttpRequest request,
      KqueueServerHttpResponse response,
      HandlerSubscriber handler) {
    this.body = request.body();
    this.response = response;
    this.handler = handler;
  }

  @Override
  public void onBody(ByteBuffer data) {
    if (body != null) {
      body.onBody(data);
    }
  }

  @Override
  public void onBodyComplete(Headers trailers) {
    if (body != null) {
      body.onBodyComplete();
    }
  }

  @Override
  public void onWritable() {
    response.onWritable();
  }

  @Override
  public void onComplete() {
    response.onSent();
    if (body != null) {
      body.onResponseSent();
    }
  }

  @Override
  public void onError(ExchangeException cause) {
    // Cancelling comes first: an error the handler sees would be reported as a failure of its own.
    handler.cancel();
    if (body != null) {
      body.onError(cause);
    }
    response.onError(cause);
  }
}
