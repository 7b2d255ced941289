package io.kqueueserver.server.h2;

import io.kqueueserver.http.ExchangeException.Reason;
import io.kqueueserver.http.HttpException;
import io.kqueueserver.http.RequestHead;
import io.kqueueserver.http.h2.ErrorCode;
import io.kqueueserver.http.h2.Http2Exception;
import io.kqueueserver.http.h2.StreamEvent;
import io.kqueueserver.http.h2.StreamState;
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
 * The ends of streams that come early: a request is refused, a stream is reset by either side, a
 * callback fails. Each ends its own stream and no other. The loop's thread only.
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

  /** A request is not served; its stream has not become an exchange. */
  void refuse(int streamId, boolean endStream, HttpException why) {
    note(null, why);
    output.refuse(streamId, why.status());
    if (!endStream) {
      output.rstStream(streamId, ErrorCode.NO_ERROR);
    }
    streams.ended(streamId, endStream ? StreamState.CLOSED : StreamState.RESET_LOCAL);
    Reason reason = why.limit() == null ? Reason.BAD_REQUEST : Reason.LIMIT;
    ExchangeNotes.refused(
        owner.connection.endpoint(),
        context.exchanges,
        () -> "",
        why.status(),
        reason,
        why.getMessage(),
        why);
  }

  /** The body of a request is not taken: the status is sent if there is none yet. */
  void refuseBody(Http2Stream stream, HttpException why) {
    note(stream.core.request(), why);
    Reason reason = why.limit() == null ? Reason.BAD_REQUEST : Reason.LIMIT;
    ErrorCode code = ErrorCode.CANCEL;
    if (!stream.core.isCommitted()) {
      answer(stream, why.status());
      code = ErrorCode.NO_ERROR;
    }
    stream.core.refused(why.status(), reason, why.getMessage(), why);
    close(stream, code);
  }

  /** The client has sent nothing of a body for too long. */
  void bodyTimedOut(Http2Stream stream) {
    context.loop.stats().limitHit(Limit.BODY_TIMEOUT);
    ErrorCode code = ErrorCode.CANCEL;
    if (!stream.core.isCommitted()) {
      answer(stream, 408);
      code = ErrorCode.NO_ERROR;
    }
    stream.core.refused(
        408, Reason.TIMEOUT, "the client sent no byte of its body for too long", null);
    close(stream, code);
  }

  /** The stream waits for too long, and holds what others could use. */
  void stalled(Http2Stream stream, String message) {
    context.loop.stats().limitHit(Limit.HTTP2_STALLED_STREAM);
    reset(stream, ErrorCode.CANCEL, Reason.TIMEOUT, message, null);
  }

  /** Gives room to streams that are read, at the cost of those that are not. */
  void resetUnread() {
    for (Http2Stream stream : streams.all()) {
      if (stream.input != null && stream.input.isUnread()) {
        stalled(stream, "the request was not read for too long, and others waited for it");
      }
    }
  }

  /** The server stops before the response is complete. */
  void stopped(Http2Stream stream) {
    if (stream.core.isResponseEnded()) {
      return; // a tunnel hears of it when the connection is closed
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
    output.refuse(stream.id, status);
    stream.on(StreamEvent.HEADERS_END_STREAM_SENT);
  }

  private void note(@Nullable RequestHead head, HttpException why) {
    Limit limit = why.limit();
    if (limit != null) {
      context.loop.stats().limitHit(limit);
    }
    if (context.exchanges.isHeard) {
      context.exchanges.tell(listener -> listener.onRefused(head, why));
    }
  }

  // ---- resets

  /** The client is at fault with one stream. */
  void atFault(Http2Exception error) {
    int id = error.streamId();
    Http2Stream stream = streams.get(id);
    if (stream == null) {
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

  /** Ends the stream for the client and drops what waits in it. */
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

  /** All that was written of a response that is cut has been framed. */
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
    RequestHead head = stream.core.request();
    log.error("{} {}: a callback failed", head.method(), head.path(), error);
    context.exchanges.tell(listener -> listener.onHandlerError(head, error));
    reset(stream, ErrorCode.INTERNAL_ERROR, Reason.APPLICATION, "a callback failed", error);
  }

  /** The response is complete: if the request is not at the end of the turn, it is cut. */
  void endSoon(Http2Stream stream) {
    ending.add(stream);
    owner.connection.flushSoon();
  }

  /** RFC 9113 8.1: the client is asked to stop, and its response stays good. */
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

  // ---- the end of all

  /** The connection closes behind what was written: what is not all of it is lost. */
  void unfinished(CloseReason reason) {
    for (Http2Stream stream : streams.all()) {
      if (!stream.isEnded()) {
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
