package io.kqueueserver.server;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.ExchangeException.Reason;
import io.kqueueserver.http.ExchangeListener;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.RequestHead;
import io.kqueueserver.net.FlushCallback;
import io.kqueueserver.stats.CloseReason;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The listeners of an exchange, and its end, which happens once: when its response was flushed, or
 * with an exception. The exception is made only if a listener will hear of it. The loop's thread
 * only.
 */
abstract class ListenedExchange implements Exchange, FlushCallback {
  private static final Logger log = LoggerFactory.getLogger(ListenedExchange.class);
  private static final ExchangeListener DEAF = new ExchangeListener() {};

  final RequestHead head;
  private final Http1Context context;
  private @Nullable Ending ending;
  private ExchangeListener listener = DEAF;
  private boolean ended;

  ListenedExchange(Http1Context context, RequestHead head) {
    this.context = context;
    this.head = head;
  }

  /** Called by the constructor: who takes notes for the server's listener. */
  final void listenedBy(@Nullable Ending notes) {
    ending = notes;
  }

  @Override
  public void listener(ExchangeListener application) {
    listener = application;
  }

  final ExchangeListener listener() {
    return listener;
  }

  final boolean hasListener() {
    return listener != DEAF;
  }

  final boolean hasEnded() {
    return ended;
  }

  /** A response head was sent. */
  final void responded(int status, HeaderSource fields) {
    if (ending != null) {
      ending.responded(status, fields);
    }
  }

  /** A whole response was sent although the exchange fails, perhaps by the connection. */
  final void answered(int status) {
    if (ending != null) {
      ending.answered(status);
    }
  }

  /** The request was refused: the connection has answered it, unless the application had. */
  final void refused(int status, Reason why, @Nullable String message, @Nullable Throwable cause) {
    if (!isCommitted()) {
      answered(status);
    }
    ended(why, message, cause);
  }

  /** As {@link #ended(ExchangeException)}. */
  final void ended(Reason why, @Nullable String message, @Nullable Throwable cause) {
    if (isHeard()) {
      ended(new ExchangeException(why, message, cause));
    } else {
      end();
    }
  }

  private boolean isHeard() {
    return ending != null || hasListener();
  }

  /** Ends the exchange early for its listener; the connection has been dealt with. */
  final void ended(ExchangeException cause) {
    if (!ended) {
      end(cause);
      try {
        listener.onError(cause);
      } catch (Throwable e) {
        lastCallFailed(e);
      }
    }
  }

  @Override
  public final void onFlushed() {
    if (!ended) {
      end(null);
      try {
        listener.onComplete();
      } catch (Throwable e) {
        lastCallFailed(e);
      }
    }
  }

  @Override
  public final void onDropped(CloseReason reason) {
    if (isHeard()) {
      ended(Closings.exception(reason));
    } else {
      end();
    }
  }

  private void end() {
    if (!ended) {
      end(null);
    }
  }

  private void end(@Nullable ExchangeException cause) {
    ended = true;
    if (ending != null) {
      ending.ended(cause);
    }
    context.active.end();
  }

  /** Nothing is left that could be broken off: neither the connection nor its closing suffers. */
  private void lastCallFailed(Throwable error) {
    log.error("{} {} failed after its end", head.method(), head.path(), error);
    context.tell(listener -> listener.onHandlerError(head, error));
  }
}
