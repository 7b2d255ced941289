package io.kqueueserver.spring.http;

import io.kqueueserver.http.BodyPiece;
import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.ExchangeListener;
import io.kqueueserver.http.Headers;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Passes the events of an exchange on to request body, response and handler. */
final class HandlerListener implements ExchangeListener {
  private final @Nullable RequestBody body;
  private final KqueueServerHttpResponse response;
  private final HandlerSubscriber handler;
  private final @Nullable HandlerTasks tasks;

  HandlerListener(
      KqueueServerHttpRequest request,
      KqueueServerHttpResponse response,
      HandlerSubscriber handler,
      @Nullable HandlerTasks tasks) {
    this.body = request.body();
    this.response = response;
    this.handler = handler;
    this.tasks = tasks;
  }

  @Override
  public void onBody(ByteBuffer data) {
    if (body != null) {
      HandlerTasks outer = HandlerTasks.enter(tasks);
      try {
        body.onBody(data);
      } finally {
        HandlerTasks.leave(tasks, outer);
      }
    }
  }

  @Override
  public void onLentBody(BodyPiece piece) {
    if (body != null) {
      HandlerTasks outer = HandlerTasks.enter(tasks);
      try {
        body.onLentBody(piece);
      } finally {
        HandlerTasks.leave(tasks, outer);
      }
    }
  }

  @Override
  public void onBodyComplete(Headers trailers) {
    if (body != null) {
      HandlerTasks outer = HandlerTasks.enter(tasks);
      try {
        body.onBodyComplete();
      } finally {
        HandlerTasks.leave(tasks, outer);
      }
    }
  }

  @Override
  public void onWritable() {
    HandlerTasks outer = HandlerTasks.enter(tasks);
    try {
      response.onWritable();
    } finally {
      HandlerTasks.leave(tasks, outer);
    }
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
    // Cancel first: an error that reaches the handler would be logged as the handler's failure.
    handler.cancel();
    if (body != null) {
      body.onError(cause);
    }
    response.onError(cause);
  }
}
