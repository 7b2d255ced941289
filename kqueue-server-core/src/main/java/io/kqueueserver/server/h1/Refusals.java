package io.kqueueserver.server.h1;

import io.kqueueserver.http.ExchangeException.Reason;
import io.kqueueserver.http.HttpException;
import io.kqueueserver.http.h1.Http1Decoder;
import io.kqueueserver.net.Connection;
import io.kqueueserver.net.Connection.Linger;
import io.kqueueserver.server.BodyPace;
import io.kqueueserver.server.ExchangeNotes;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.CurrentRequest;
import io.kqueueserver.stats.Limit;
import org.jspecify.annotations.Nullable;

/**
 * Ends of an HTTP/1 connection that the server answers itself: a request is malformed, exceeds a
 * limit or comes too slowly, or the server stops. A response that has begun cannot be replaced, so
 * it is cut by a reset, behind the responses before it. The connection has detached its exchange
 * before. The loop's thread only.
 */
final class Refusals {
  private Refusals() {}

  /** The decoder has refused a head, or the body of the current exchange. */
  static void malformed(
      Connection connection,
      Http1Context context,
      Http1Decoder decoder,
      @Nullable Http1Wire current,
      HttpException e) {
    Limit limit = e.limit();
    if (limit != null) {
      connection.loop().limitHit(limit);
    }
    if (context.exchanges.isObserved) {
      context.exchanges.notifyListener(
          listener -> listener.onRefused(current == null ? null : current.core.request(), e));
    }
    boolean answered = current != null && current.core.isResponseEnded();
    boolean committed = current != null && current.core.isCommitted();
    if (!committed) {
      writeError(connection, context, e.status());
    }
    if (!answered) {
      Reason why = limit == null ? Reason.BAD_REQUEST : Reason.LIMIT;
      if (current != null) {
        current.core.refused(e.status(), why, e.getMessage(), e);
      } else {
        noteHead(connection, context, decoder, e.status(), why, e.getMessage(), e);
      }
    }
    CloseReason reason = limit == null ? CloseReason.PROTOCOL_ERROR : CloseReason.LIMIT;
    if (current != null && committed && !answered) {
      Http1Departure.cut(connection, current, reason, Linger.YES);
    } else {
      connection.closeAfterFlush(reason, Linger.YES);
    }
  }

  /** The time for a head that has begun is over. */
  static void headTimedOut(Connection connection, Http1Context context, Http1Decoder decoder) {
    writeError(connection, context, 408);
    String message = "the client did not end its request head in time";
    noteHead(connection, context, decoder, 408, Reason.TIMEOUT, message, null);
    connection.closeAfterFlush(CloseReason.HEADER_TIMEOUT, Linger.YES);
  }

  /** A body has met one of the limits on its time. */
  static void bodyTimedOut(
      Connection connection, Http1Context context, Http1Wire current, CloseReason met) {
    boolean committed = current.core.isCommitted();
    if (!committed) {
      writeError(connection, context, 408);
    }
    current.core.refused(408, Reason.TIMEOUT, message(met), null);
    if (committed) {
      connection.resetAfterFlush(met);
    } else {
      connection.closeAfterFlush(met, Linger.YES);
    }
  }

  /** As {@link #bodyTimedOut}, for a body that was to come before an upgrade. */
  static void bodyTimedOut(
      Connection connection, Http1Context context, Http1Decoder decoder, CloseReason met) {
    writeError(connection, context, 408);
    noteHead(connection, context, decoder, 408, Reason.TIMEOUT, message(met), null);
    connection.closeAfterFlush(met, Linger.YES);
  }

  private static String message(CloseReason met) {
    Limit limit = met.limit();
    return BodyPace.message(limit == null ? Limit.BODY_TIMEOUT : limit);
  }

  /** The server stops before the response is complete; the caller closes the connection next. */
  static void stopped(Connection connection, Http1Context context, Http1Wire current) {
    if (!current.core.isCommitted()) {
      // A client that gets the end of the connection and no response may repeat its request.
      writeError(connection, context, 503);
      current.core.refused(503, Reason.SERVER_STOPPED, "the server is stopping", null);
    } else if (current.endsWithConnection()) {
      connection.resetAfterFlush(CloseReason.STOP);
    }
  }

  private static void noteHead(
      Connection connection,
      Http1Context context,
      Http1Decoder decoder,
      int status,
      Reason why,
      @Nullable String message,
      @Nullable Throwable cause) {
    ExchangeNotes.refused(
        connection.endpoint(),
        context.exchanges,
        CurrentRequest.NO_STREAM,
        decoder::refusedLine,
        status,
        why,
        message,
        cause);
  }

  private static void writeError(Connection connection, Http1Context context, int status) {
    context.encoder.encodeError(status, context.date.line(), context.serverLine);
    Http1WireRows rows = Http1WireRows.of(context.wire, connection);
    if (rows != null) {
      rows.response(context.encoder);
    }
    connection.write(context.encoder.bytes(), 0, context.encoder.length());
  }
}
