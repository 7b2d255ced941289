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
 * The end of an exchange, which happens once. The end notifies the server's listener by {@link
 * ExchangeNotes}, and the application's listener last. An exception is made only if a listener will
 * receive it. The loop's thread only.
 */
public final class ExchangeEnd implements FlushCallback {
  private static final Logger log = LoggerFactory.getLogger(ExchangeEnd.class);
  private static final ExchangeListener DEAF = new ExchangeListener() {};

  private final ExchangeCore core;
  private final @Nullable ExchangeNotes notes;
  private ExchangeListener listener = DEAF;
  private @Nullable Runnable giveBack;
  private @Nullable Runnable place;
  private @Nullable RequestClock clock;
  private boolean ended;
  private boolean switched;

  /**
   * Begins an exchange.
   *
   * @param core the exchange, which observers see at work in its last callback
   * @param notes the notes for the server's listener; null if it does not want ends
   */
  ExchangeEnd(ExchangeCore core, @Nullable ExchangeNotes notes) {
    this.core = core;
    this.notes = notes;
    core.context.active.begin();
  }

  /** Sets the clock of the request, which stops at the end; null if its time has no bound. */
  void clock(@Nullable RequestClock running) {
    clock = running;
  }

  private void stopClock() {
    if (clock != null) {
      clock.stop();
      clock = null;
    }
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

  /** Adds an action that runs once, at the end, by success or failure. */
  void atEnd(Runnable action) {
    giveBack = action;
  }

  /**
   * Sets what gives up the place of the request among those that run, at the end. Replaces what was
   * set before; null if the request has no place.
   */
  void place(@Nullable Runnable giveUp) {
    place = giveUp;
  }

  /** Whether the exchange has ended. The application is notified of the end at most once. */
  public boolean hasEnded() {
    return ended;
  }

  /** The exchange is a stream's from here on, which must not hold what has answered the request. */
  void switched() {
    switched = true;
    stopClock();
  }

  /** A response head was sent. */
  void responded(int status, HeaderSource fields) {
    if (notes != null) {
      notes.responded(status, fields);
    }
  }

  /** A whole response was sent, perhaps by the protocol, although the exchange fails. */
  void answered(int status) {
    if (notes != null) {
      notes.answered(status);
    }
  }

  /** The application threw, before the end. */
  void applicationFailed(Throwable error) {
    RequestHead head = core.request();
    log.error("{} {} failed", head.method(), head.path(), error);
    core.context.notifyListener(listener -> listener.onHandlerError(head, error));
  }

  /** Ends the exchange early. The caller has ended the protocol's part. */
  public void failed(ExchangeException cause) {
    if (!ended) {
      try {
        end(cause);
      } finally {
        notifyError(cause);
      }
    }
  }

  private void notifyError(ExchangeException cause) {
    RequestWork outer = core.context.loop.running(core);
    try {
      listener.onError(cause);
    } catch (Throwable e) {
      lastCallFailed(e);
    } finally {
      core.context.loop.running(outer);
    }
  }

  /** As {@link #failed(ExchangeException)}. */
  public void failed(Reason why, @Nullable String message, @Nullable Throwable cause) {
    if (isObserved()) {
      failed(new ExchangeException(why, message, cause));
    } else {
      endUnobserved();
    }
  }

  @Override
  public void onFlushed() {
    if (!ended) {
      end(null);
      RequestWork outer = core.context.loop.running(core);
      try {
        listener.onComplete();
      } catch (Throwable e) {
        lastCallFailed(e);
      } finally {
        if (switched) {
          listener = DEAF;
        }
        core.context.loop.running(outer);
      }
    }
  }

  @Override
  public void onDropped(CloseReason reason) {
    if (isObserved()) {
      failed(Closings.exception(reason));
    } else {
      endUnobserved();
    }
  }

  private boolean isObserved() {
    return notes != null || hasListener();
  }

  private void endUnobserved() {
    if (!ended) {
      end(null);
    }
  }

  private void end(@Nullable ExchangeException cause) {
    ended = true;
    stopClock();
    try {
      if (notes != null) {
        notes.ended(cause);
      }
    } finally {
      core.context.active.end();
      try {
        giveBack();
      } finally {
        giveUpPlace();
      }
    }
  }

  private void giveUpPlace() {
    Runnable taken = place;
    place = null;
    if (taken != null) {
      taken.run();
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

  /** The last callback threw. The exchange has ended, so the failure is only logged. */
  private void lastCallFailed(Throwable error) {
    RequestHead head = core.request();
    log.error("{} {} failed after its end", head.method(), head.path(), error);
    core.context.notifyListener(listener -> listener.onHandlerError(head, error));
  }
}
