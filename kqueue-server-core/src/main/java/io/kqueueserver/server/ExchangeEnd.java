package io.kqueueserver.server;

import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.ExchangeException.Reason;
import io.kqueueserver.http.ExchangeListener;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.RequestHead;
import io.kqueueserver.net.FlushCallback;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.RequestWork;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The end of an exchange, which happens once, and its listeners: the application's, which hears of
 * the end last, and the server's by its {@link ExchangeNotes}. An exception is made only if one of
 * them will hear of it. The loop's thread only.
 */
public final class ExchangeEnd implements FlushCallback {
  private static final Logger log = LoggerFactory.getLogger(ExchangeEnd.class);
  private static final ExchangeListener DEAF = new ExchangeListener() {};

  private final RequestWork work;
  private final RequestHead head;
  private final ExchangeContext context;
  private final @Nullable ExchangeNotes notes;
  private ExchangeListener listener = DEAF;
  private @Nullable Runnable giveBack;
  private boolean ended;

  /**
   * Begins an exchange.
   *
   * @param work the exchange, which observers see at work in its last callback
   * @param notes null if the server's listener does not ask for ends
   */
  ExchangeEnd(
      RequestWork work, RequestHead head, ExchangeContext context, @Nullable ExchangeNotes notes) {
    this.work = work;
    this.head = head;
    this.context = context;
    this.notes = notes;
    context.active.begin();
  }

  void listener(ExchangeListener application) {
    listener = application;
  }

  ExchangeListener listener() {
    return listener;
  }

  boolean hasListener() {
    return listener != DEAF;
  }

  /** Runs the action once, at the end, however it comes. */
  void atEnd(Runnable action) {
    giveBack = action;
  }

  /** Whether the end has come: the application is notified of it once at most. */
  public boolean hasEnded() {
    return ended;
  }

  /** A response head was sent. */
  void responded(int status, HeaderSource fields) {
    if (notes != null) {
      notes.responded(status, fields);
    }
  }

  /** A whole response was sent although the exchange fails, perhaps by the protocol. */
  void answered(int status) {
    if (notes != null) {
      notes.answered(status);
    }
  }

  /** The application threw, before the end. */
  void applicationFailed(Throwable error) {
    log.error("{} {} failed", head.method(), head.path(), error);
    context.tell(listener -> listener.onHandlerError(head, error));
  }

  /** Ends the exchange early; the protocol has been dealt with. */
  public void failed(ExchangeException cause) {
    if (!ended) {
      try {
        end(cause);
      } finally {
        tellError(cause);
      }
    }
  }

  private void tellError(ExchangeException cause) {
    RequestWork outer = context.loop.running(work);
    try {
      listener.onError(cause);
    } catch (Throwable e) {
      lastCallFailed(e);
    } finally {
      context.loop.running(outer);
    }
  }

  /** As {@link #failed(ExchangeException)}. */
  public void failed(Reason why, @Nullable String message, @Nullable Throwable cause) {
    if (isHeard()) {
      failed(new ExchangeException(why, message, cause));
    } else {
      endUnheard();
    }
  }

  @Override
  public void onFlushed() {
    if (!ended) {
      end(null);
      RequestWork outer = context.loop.running(work);
      try {
        listener.onComplete();
      } catch (Throwable e) {
        lastCallFailed(e);
      } finally {
        context.loop.running(outer);
      }
    }
  }

  @Override
  public void onDropped(CloseReason reason) {
    if (isHeard()) {
      failed(Closings.exception(reason));
    } else {
      endUnheard();
    }
  }

  private boolean isHeard() {
    return notes != null || hasListener();
  }

  private void endUnheard() {
    if (!ended) {
      end(null);
    }
  }

  private void end(@Nullable ExchangeException cause) {
    ended = true;
    try {
      if (notes != null) {
        notes.ended(cause);
      }
    } finally {
      context.active.end();
      giveBack();
    }
  }

  private void giveBack() {
    Runnable action = giveBack;
    giveBack = null;
    if (action != null) {
      try {
        action.run();
      } catch (Throwable e) {
        lastCallFailed(e);
      }
    }
  }

  /** Nothing is left that could be broken off: neither the connection nor its closing suffers. */
  private void lastCallFailed(Throwable error) {
    log.error("{} {} failed after its end", head.method(), head.path(), error);
    context.tell(listener -> listener.onHandlerError(head, error));
  }
}
