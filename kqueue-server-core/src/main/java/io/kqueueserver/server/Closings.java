package io.kqueueserver.server;

import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.ExchangeException.Reason;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.ExchangeLoss;

/** Translates the close of a connection to the exception of its exchange. */
public final class Closings {
  private Closings() {}

  /** The exception for a lack of memory, in which no other can be made. */
  @SuppressWarnings("StaticAssignmentOfThrowable") // has no stack that could mislead a reader
  private static final ExchangeException OUT_OF_MEMORY =
      new ExchangeException(Reason.LIMIT, "the connection was closed: out of memory");

  public static ExchangeException exception(CloseReason reason) {
    try {
      return make(reason);
    } catch (OutOfMemoryError e) {
      return OUT_OF_MEMORY; // listeners of the exchange must be notified of its end
    }
  }

  private static ExchangeException make(CloseReason closed) {
    ExchangeLoss loss = closed.loss();
    Reason reason =
        switch (loss) {
          case PEER_CLOSED -> Reason.PEER_CLOSED;
          case PEER_RESET -> Reason.PEER_RESET;
          case PEER_SILENT, PEER_BLOCKED -> Reason.TIMEOUT;
          case MALFORMED -> Reason.BAD_REQUEST;
          case LIMIT -> Reason.LIMIT;
          case SERVER_STOPPED -> Reason.SERVER_STOPPED;
          case CLOSED_BY_SERVER -> Reason.APPLICATION;
        };
    return new ExchangeException(reason, loss.text());
  }
}
