package io.kqueueserver.server.h2;

import io.kqueueserver.http.ExchangeException.Reason;
import io.kqueueserver.http.HttpException;
import io.kqueueserver.http.RequestHead;
import io.kqueueserver.http.h2.ErrorCode;
import io.kqueueserver.http.h2.Http2Exception;
import io.kqueueserver.http.h2.StreamEvent;
import io.kqueueserver.http.h2.StreamState;
import io.kqueueserver.server.BodyPace;
import io.kqueueserver.server.ExchangeNotes;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.Limit;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The early ends of streams: a request is refused, a side resets a stream, a callback fails. Each
 * method ends its own stream and no other. The loop's thread only.
 */
final class StreamEnds {
  private static final Logger log = LoggerFactory.getLogger(StreamEnds.class);

  private final Http2Connection owner;
  private final Http2Context context;
  private final Http2Streams streams;
  private final Http2Output output;

  /** Streams that have ended for the client, while the request goes on or the exchange ends. */
  private final List<Http2Stream> ending = new ArrayList<>(2);

  StreamEnds(Http2Connection owner) {
    this.owner = owner;
    this.context = owner.context;
    this.streams = owner.streams;
    this.output = owner.output;
  }

  // ---- requests that are refused

  /** Refuses a request before it becomes an exchange. */
  void refuse(int streamId, boolean endStream, HttpException why) {
    note(null, why);
    output.heads.refuse(streamId, why.status());
    if (!endStream) {
      output.rstStream(streamId, ErrorCode.NO_ERROR);
    }
    streams.ended(streamId, endStream ? StreamState.CLOSED : StreamState.RESET_LOCAL);
    Reason reason = why.limit() == null ? Reason.BAD_REQUEST : Reason.LIMIT;
    ExchangeNotes.refused(
        owner.connection.endpoint(),
        context.exchanges,
        streamId,
        () -> "",
        why.status(),
        reason,
        why.getMessage(),
        why);
  }

  /**
   * Refuses the body of a request: sends the status, unless a response has begun.
   *
   * @return whether the response is complete
   */
  boolean refuseBody(Http2Stream stream, HttpException why) {
    note(stream.core.request(), why);
    Reason reason = why.limit() == null ? Reason.BAD_REQUEST : Reason.LIMIT;
    if (!stream.core.isCommitted()) {
      answer(stream, why.status());
    }
    boolean complete = !stream.core.isCommitted() || stream.end.isWritten();
    ErrorCode code = complete ? ErrorCode.NO_ERROR : ErrorCode.CANCEL;
    stream.core.refused(why.status(), reason, why.getMessage(), why);
    close(stream, code);
    return complete;
  }

  /** A body has met one of the limits on its time. */
  void bodyTimedOut(Http2Stream stream, Limit met) {
    context.loop.limitHit(met);
    ErrorCode code = ErrorCode.CANCEL;
    if (!stream.core.isCommitted()) {
      answer(stream, 408);
      code = ErrorCode.NO_ERROR;
    }
    stream.core.refused(408, Reason.TIMEOUT, BodyPace.message(met), null);
    close(stream, code);
  }

  /** The stream has waited for too long, and holds resources that other streams could use. */
  void stalled(Http2Stream stream, String message) {
    context.loop.limitHit(Limit.HTTP2_STALLED_STREAM);
    reset(stream, ErrorCode.CANCEL, Reason.TIMEOUT, message, null);
  }

  /**
   * Resets unread streams, to give their part of the window to streams that are read.
   *
   * @param tooLong streams that have been unread since this time are reset
   * @return the time since which the next stream has been unread; now if there is none
   */
  long resetUnread(long tooLong) {
    long next = owner.now();
    for (Http2Stream stream : streams.all()) {
      StreamInput input = stream.input;
      if (input != null && input.isUnread()) {
        if (input.unreadSince() - tooLong <= 0) {
          stalled(stream, "the request was not read for too long, and others waited for it");
        } else {
          next = Math.min(next, input.unreadSince());
        }
      }
    }
    return next;
  }

  /** The server stops before the response is complete. */
  void stopped(Http2Stream stream) {
    if (stream.core.isResponseEnded()) {
      return; // a tunnel is notified when the connection is closed
    }
    ErrorCode code = ErrorCode.CANCEL;
    if (!stream.core.isCommitted()) {
      answer(stream, 503);
      code = ErrorCode.NO_ERROR;
    }
    stream.core.refused(503, Reason.SERVER_STOPPED, "the server is stopping", null);
    close(stream, code);
  }

  private void answer(Http2Stream stream, int status) {
    output.heads.refuse(stream.id, status);
    stream.on(StreamEvent.HEADERS_END_STREAM_SENT);
  }

  private void note(@Nullable RequestHead head, HttpException why) {
    Limit limit = why.limit();
    if (limit != null) {
      context.loop.limitHit(limit);
    }
    if (context.exchanges.isObserved) {
      context.exchanges.notifyListener(listener -> listener.onRefused(head, why));
    }
  }

  // ---- resets

  /** The client is at fault with one stream. */
  void atFault(Http2Exception error) {
    int id = error.streamId();
    Http2Stream stream = streams.get(id);
    if (stream == null) {
      if (isKnownToBeClosed(streams.state(id))) {
        return; // RFC 9113 5.1, 5.4.2: no frame for a closed stream, and one RST_STREAM for each
      }
      output.rstStream(id, error.code());
      if (id <= streams.highest()) {
        streams.ended(id, StreamState.RESET_LOCAL);
      }
    } else {
      boolean malformed = error.code() == ErrorCode.PROTOCOL_ERROR;
      reset(
          stream,
          error.code(),
          malformed ? Reason.BAD_REQUEST : Reason.PEER_RESET,
          error.getMessage(),
          error);
    }
  }

  /** Whether a stream in this state may get no RST_STREAM. */
  static boolean isKnownToBeClosed(StreamState state) {
    return switch (state) {
      case CLOSED, RESET_LOCAL, RESET_REMOTE -> true;
      case IDLE, OPEN, HALF_CLOSED_LOCAL, HALF_CLOSED_REMOTE, FORGOTTEN -> false;
    };
  }

  /** Resets a stream at once. */
  void reset(
      Http2Stream stream,
      ErrorCode code,
      Reason reason,
      @Nullable String message,
      @Nullable Throwable cause) {
    close(stream, code);
    stream.failed(reason, message, cause);
    streams.removeIfDone(stream);
  }

  /** Ends the stream for the client, and drops its waiting bytes. */
  void close(Http2Stream stream, ErrorCode code) {
    if (stream.state().isActive()) {
      stream.on(StreamEvent.RST_STREAM_SENT);
      output.rstStream(stream.id, code);
    }
    stream.drop();
    if (stream.isDone()) {
      streams.removeIfDone(stream);
    } else {
      endSoon(stream); // the exchange ends next
    }
  }

  /** The client has reset the stream. */
  void resetByPeer(Http2Stream stream, int code) {
    stream.drop();
    stream.failed(Reason.PEER_RESET, "the client reset the stream: " + ErrorCode.text(code), null);
    streams.removeIfDone(stream);
  }

  /** All bytes of a reset response were framed: sends the reset. */
  void brokenOff(Http2Stream stream, ErrorCode code) {
    close(stream, code);
  }

  /** A file of a response that has begun cannot be read to its end. */
  void fileFailed(Http2Stream stream, IOException cause) {
    log.warn("stream {}: a response file could not be read to its end: {}", stream.id, text(cause));
    reset(stream, ErrorCode.INTERNAL_ERROR, Reason.APPLICATION, text(cause), cause);
  }

  private static String text(IOException cause) {
    return String.valueOf(cause.getMessage());
  }

  /** A callback of the application threw outside of its exchange. */
  void callbackFailed(Http2Stream stream, Throwable error) {
    releaseFailed(stream, error);
    reset(stream, ErrorCode.INTERNAL_ERROR, Reason.APPLICATION, "a callback failed", error);
  }

  /** The release of a buffer threw, of a stream that has ended. */
  void releaseFailed(Http2Stream stream, Throwable error) {
    RequestHead head = stream.core.request();
    log.error("{} {}: a callback failed", head.method(), head.path(), error);
    context.exchanges.notifyListener(listener -> listener.onHandlerError(head, error));
  }

  /** The response is complete. If the request is not complete at the turn's end, it is reset. */
  void endSoon(Http2Stream stream) {
    ending.add(stream);
    owner.connection.flushSoon();
  }

  /** Resets incomplete requests with NO_ERROR, so that the responses stay valid (RFC 9113 8.1). */
  void endTurn() {
    for (int i = 0; i < ending.size(); i++) {
      Http2Stream stream = ending.get(i);
      if (stream.isReceiving()) {
        stream.on(StreamEvent.RST_STREAM_SENT);
        output.rstStream(stream.id, ErrorCode.NO_ERROR);
        stream.requestCut();
      }
      streams.removeIfDone(stream);
    }
    ending.clear();
  }

  // ---- the end of the connection

  /** The connection closes after the written bytes: incomplete responses are lost. */
  void unfinished(CloseReason reason) {
    for (Http2Stream stream : streams.all()) {
      if (!stream.end.isWritten()) {
        lost(stream, reason);
      }
    }
  }

  /** The connection is closed. */
  void lost(CloseReason reason) {
    for (Http2Stream stream : streams.all()) {
      lost(stream, reason);
    }
  }

  private static void lost(Http2Stream stream, CloseReason reason) {
    stream.drop();
    stream.lost(reason);
  }
}
