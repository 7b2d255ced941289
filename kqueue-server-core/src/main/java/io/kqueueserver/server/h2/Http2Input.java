package io.kqueueserver.server.h2;

import io.kqueueserver.http.h2.ErrorCode;
import io.kqueueserver.http.h2.FloodGuard;
import io.kqueueserver.http.h2.FrameParser;
import io.kqueueserver.http.h2.Http2Exception;
import io.kqueueserver.http.h2.Preface;
import io.kqueueserver.http.h2.StreamState;
import io.kqueueserver.http.h2.hpack.HpackException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The input of one connection: first the preface, then frames. When the {@link TurnBudget} of a
 * turn is spent, the rest of the read waits for the next turn. A stream error resets its stream,
 * and later frames are read; a connection error goes to {@link Http2Connection#fail}. The loop's
 * thread only.
 */
final class Http2Input {
  private final Http2Connection owner;
  private final FloodGuard guard;
  private final Preface preface = new Preface();
  private final FrameParser parser;

  private boolean prefaceSeen;

  /** The rest of a read after the last stream of a turn. No byte is read while it waits. */
  private @Nullable ByteBuffer stash;

  Http2Input(Http2Connection owner, Http2Frames frames, FloodGuard guard) {
    this.owner = owner;
    this.guard = guard;
    Http2WireRows rows = owner.output.rows();
    this.parser =
        new FrameParser(
            rows == null ? frames : new LoggedFrames(frames, rows),
            owner.context.limits.maxHeaderBytes(),
            owner.context.http2.defences().maxContinuations());
  }

  /** Whether a part of the last read waits for the next turn. */
  boolean waits() {
    return stash != null;
  }

  /** Number of bytes that the waiting part takes. */
  int stashedBytes() {
    return stash == null ? 0 : stash.capacity();
  }

  /** Whether a field block has begun that is not complete: its wait has a limit. */
  boolean isInFieldBlock() {
    return parser.isInFieldBlock();
  }

  /** Consumes the whole buffer. Bytes that must wait for the next turn are copied. */
  void take(ByteBuffer in) {
    if (prefaceSeen || takesPreface(in)) {
      parse(in);
    }
    if (in.hasRemaining() && owner.connection.isOpen()) {
      stash = ByteBuffer.allocate(in.remaining()).put(in).flip();
      goOnNextTurn();
    }
    in.position(in.limit());
  }

  private void goOnNextTurn() {
    owner.context.loop.nextTurn(() -> owner.guarded(this::goOn));
  }

  /** Continues with the bytes left by the last turn. */
  private void goOn() {
    ByteBuffer waiting = stash;
    if (waiting == null) {
      return;
    }
    parse(waiting);
    if (waiting.hasRemaining() && owner.connection.isOpen()) {
      goOnNextTurn();
    } else {
      stash = null;
      owner.connection.resumeInput();
    }
    owner.inputTaken();
  }

  private boolean takesPreface(ByteBuffer in) {
    switch (preface.take(in)) {
      case MATCH -> {
        prefaceSeen = true;
        owner.output.bodiesWait = false;
      }
      case NEED_MORE -> {}
      case NO ->
          owner.fail(Http2Exception.connection(ErrorCode.PROTOCOL_ERROR, "no preface of HTTP/2"));
    }
    return prefaceSeen;
  }

  private void parse(ByteBuffer in) {
    while (owner.connection.isOpen()) {
      try {
        parser.parse(in);
        return;
      } catch (Http2Exception e) {
        if (e.isConnectionError() || isOfIdleStream(e) || isOfWrongSizeBehindEnd(e)) {
          failUnlessClosed(e);
          return;
        }
        if (!endsStream(e)) {
          return;
        }
      } catch (HpackException e) {
        owner.fail(
            Http2Exception.connection(ErrorCode.COMPRESSION_ERROR, String.valueOf(e.getMessage())));
        return;
      }
    }
  }

  /** RFC 9113 6.4: no RST_STREAM is sent for an idle stream, so its error is the connection's. */
  private boolean isOfIdleStream(Http2Exception error) {
    return owner.streams.state(error.streamId()) == StreamState.IDLE;
  }

  /**
   * Frames for a stream that has ended may have been on their way, and what is wrong with them is
   * forgiven, since a closed stream gets no RST_STREAM (RFC 9113 5.1). A length that no frame of
   * the type has is wrong whenever it was sent. Without an answer, it would depend on how fast the
   * response was whether the client learns of it. Pinned by Http2ConformanceTest and by h2spec.
   */
  private boolean isOfWrongSizeBehindEnd(Http2Exception error) {
    return error.code() == ErrorCode.FRAME_SIZE_ERROR
        && StreamEnds.isKnownToBeClosed(owner.streams.state(error.streamId()));
  }

  /** Resets the stream at fault. Returns false if too many streams were at fault. */
  private boolean endsStream(Http2Exception error) {
    owner.ends.atFault(error);
    try {
      guard.reset(owner.now());
      return true;
    } catch (Http2Exception tooMany) {
      owner.fail(tooMany);
      return false;
    }
  }

  private void failUnlessClosed(Http2Exception error) {
    if (owner.connection.isOpen()) {
      owner.fail(error);
    }
  }

  /** A handler was called for a new stream: the rest of the read may wait for the next turn. */
  void streamBegun() {
    owner.budget.streamBegun();
    if (owner.budget.isSpent()) {
      parser.pause();
    }
  }

  /** Drops waiting bytes, because the connection has closed. */
  void drop() {
    stash = null;
  }
}
