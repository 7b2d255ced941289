package io.kqueueserver.spring;

import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.ExchangeListener;
import io.kqueueserver.http.Headers;
import java.nio.ByteBuffer;

/** Hands what happens to an exchange to the three that care: request body, response, handler. */
final class HandlerListener implements ExchangeListener {
  private final KqueueServerHttpRequest request;
  private final KqueueServerHttpResponse response;
  private final HandlerSubscriber handler;

  HandlerListener(
      KqueueServerHttpRequest request,
      KqueueServerHttpResponse response,
      HandlerSubscriber handler) {
    this.request = request;
    this.response = response;
    this.handler = handler;
  }

  @Override
  public void onBody(ByteBuffer data) {
    request.body().onBody(data);
  }

  @Override
  public void onBodyComplete(Headers trailers) {
    request.body().onBodyComplete();
  }

  @Override
  public void onWritable() {
    response.onWritable();
  }

  @Override
  public void onComplete() {
    response.onSent();
    request.body().onResponseSent();
  }

  @Override
  public void onError(ExchangeException cause) {
    // Cancelling comes first: an error the handler sees would be reported as a failure of its own.
    handler.cancel();
    request.body().onError(cause);
    response.onError(cause);
  }
}
