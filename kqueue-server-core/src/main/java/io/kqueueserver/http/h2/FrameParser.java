package io.kqueueserver.http.h2;

import static io.kqueueserver.http.h2.ErrorCode.FRAME_SIZE_ERROR;
import static io.kqueueserver.http.h2.ErrorCode.PROTOCOL_ERROR;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Reads the frames a client sends and calls a {@link FrameSink} for each. It resumes at any byte,
 * and the calls do not depend on how the input was cut, but for the pieces of DATA.
 *
 * <p>Every frame begins with nine bytes (RFC 9113 4.1):
 *
 * <pre>
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-----------------------------------------------+---------------+
 * |                  Length (24)                  |   Type (8)    |
 * +---------------+-+-----------------------------+---------------+
 * |   Flags (8)   |R|            Stream Identifier (31)           |
 * +---------------+-+---------------------------------------------+
 * |                        Payload (Length) ...
 * </pre>
 *
 * <p>A frame is checked when its header is complete, before anything of its payload is held: its
 * length, its stream, its place behind a field block that has not ended. No payload is gathered but
 * eight bytes of the short frames, and {@value #MAX_PRIORITY_BYTES} of PRIORITY_UPDATE.
 */
public final class FrameParser {
  /** 16 KiB: the value of SETTINGS_MAX_FRAME_SIZE that this server leaves as it is. */
  public static final int MAX_FRAME_BYTES = 16 * 1024;

  public static final int FRAME_HEADER_BYTES = 9;

  /** Where in the header the type stands. */
  public static final int TYPE_AT = 3;

  /** A priority has two members of interest; a longer value is read as the default priority. */
  static final int MAX_PRIORITY_BYTES = 256;

  private static final Octets NONE = new Octets(0);
  private static final int PRIORITY_FIELDS_BYTES = 5;
  private static final int SETTING_BYTES = 6;

  // HEADER -> PAD_LENGTH -> DEPENDENCY -> DATA, FRAGMENT -> SKIP (padding) -> HEADER
  // HEADER -> FIXED, SETTINGS, PRIORITY_UPDATE, GOAWAY, SKIP -> HEADER
  private enum State {
    HEADER,
    /** The octet before padded DATA or a padded field block. */
    PAD_LENGTH,
    /** Dependency and weight before a field block. */
    DEPENDENCY,
    DATA,
    /** A piece of a field block. */
    FRAGMENT,
    /** A payload of eight bytes at most, gathered whole. */
    FIXED,
    /** The next parameter of SETTINGS, or the end. */
    SETTINGS,
    PRIORITY_UPDATE,
    /** The text behind the fixed part of GOAWAY. */
    GOAWAY_TEXT,
    /** The rest of the frame is of no interest. */
    SKIP
  }

  private final FrameSink sink;
  private final HeaderBlock block;
  private final ShortFrames shortFrames;

  private State state = State.HEADER;
  private boolean paused;
  private @Nullable Http2Exception broken;

  /** Of the frame being read, or of the last one known. */
  private FrameType type = FrameType.DATA;

  private int flags;
  private int streamId;

  /** Bytes of the payload still to come, padding included. */
  private int left;

  /** Bytes at the end of the payload that are padding. */
  private int padding;

  private final Octets fixed = new Octets(FRAME_HEADER_BYTES);
  private Octets priority = NONE;

  /**
   * @param maxHeaderBytes the limit of a decoded field section; a block may have four times as many
   *     bytes on the wire
   * @param maxContinuations CONTINUATION frames of one field block
   */
  public FrameParser(FrameSink sink, int maxHeaderBytes, int maxContinuations) {
    this.sink = sink;
    this.shortFrames = new ShortFrames(sink);
    this.block = new HeaderBlock(4L * maxHeaderBytes, maxContinuations);
  }

  /**
   * Reads all that is in the buffer, unless it is paused.
   *
   * @throws Http2Exception for a stream error the buffer may have bytes left, and the next call
   *     goes on behind the frame at fault; after a connection error every call throws it again
   */
  public void parse(ByteBuffer in) {
    if (broken != null) {
      throw broken;
    }
    paused = false;
    try {
      while (step(in) && !paused) {}
    } catch (Http2Exception e) {
      if (e.isConnectionError()) {
        broken = e;
      }
      throw e;
    }
  }

  /**
   * Has {@link #parse} return with the rest of its input unread; for a sink that has had enough.
   */
  public void pause() {
    paused = true;
  }

  /** Whether a field block has begun that is not complete: its wait has a limit. */
  public boolean isInFieldBlock() {
    return block.isOpen();
  }

  /** Reads one part of a frame; false if more input is needed for it. */
  private boolean step(ByteBuffer in) {
    return switch (state) {
      case HEADER -> header(in);
      case PAD_LENGTH -> padLength(in);
      case DEPENDENCY -> dependency(in);
      case DATA -> data(in);
      case FRAGMENT -> fragment(in);
      case FIXED -> fixed(in);
      case SETTINGS -> settings(in);
      case PRIORITY_UPDATE -> priorityUpdate(in);
      case GOAWAY_TEXT, SKIP -> skip(in);
    };
  }

  private boolean header(ByteBuffer in) {
    if (!fixed.gather(in, FRAME_HEADER_BYTES)) {
      return false;
    }
    int length = fixed.int32(0) >>> 8;
    int number = fixed.uint8(3);
    flags = fixed.uint8(4);
    streamId = fixed.uint31(5);
    left = length;
    padding = 0;
    // If a later step throws and parsing goes on, it goes on after this frame.
    state = State.SKIP;
    sink.frame(number, flags, streamId, length);
    if (length > MAX_FRAME_BYTES) {
      throw Http2Exception.connection(
          FRAME_SIZE_ERROR, "a frame of " + length + " bytes, more than " + MAX_FRAME_BYTES);
    }
    FrameType known = FrameType.of(number);
    block.checkNext(known == FrameType.CONTINUATION, streamId);
    if (known != null) {
      type = known;
      known.check(streamId, length);
      begin(length);
    }
    return true;
  }

  private void begin(int length) {
    switch (type) {
      case DATA -> {
        if (!isSet(FrameFlags.PADDED)) {
          beginData();
        } else if (length > 0) {
          state = State.PAD_LENGTH;
        } else {
          throw Http2Exception.connection(FRAME_SIZE_ERROR, "DATA without its pad length");
        }
      }
      case HEADERS -> {
        block.begin(streamId, flags, length);
        if (length < prefixBytes()) {
          throw Http2Exception.connection(FRAME_SIZE_ERROR, "HEADERS of " + length + " bytes");
        }
        if (isSet(FrameFlags.PADDED)) {
          state = State.PAD_LENGTH;
        } else {
          beginBlock();
        }
      }
      case CONTINUATION -> {
        block.proceed(flags, length);
        state = State.FRAGMENT;
      }
      case SETTINGS -> beginSettings(length);
      case PRIORITY, RST_STREAM, PING, WINDOW_UPDATE, GOAWAY -> state = State.FIXED;
      case PRIORITY_UPDATE -> {
        priority = new Octets(Math.min(length, MAX_PRIORITY_BYTES));
        state = State.PRIORITY_UPDATE;
      }
      case PUSH_PROMISE -> {}
    }
  }

  /** Bytes of HEADERS before the field block. */
  private int prefixBytes() {
    return (isSet(FrameFlags.PADDED) ? 1 : 0)
        + (isSet(FrameFlags.PRIORITY) ? PRIORITY_FIELDS_BYTES : 0);
  }

  private boolean padLength(ByteBuffer in) {
    if (!fixed.gather(in, 1)) {
      return false;
    }
    left--;
    padding = fixed.uint8(0);
    // The pad length is no part of what is left, dependency and weight are.
    int most = type == FrameType.DATA ? left : left - prefixBytes() + 1;
    if (padding > most) {
      throw Http2Exception.connection(
          PROTOCOL_ERROR, type + " with " + padding + " bytes of padding in the last " + left);
    }
    if (type == FrameType.DATA) {
      beginData();
    } else {
      beginBlock();
    }
    return true;
  }

  private void beginBlock() {
    if (isSet(FrameFlags.PRIORITY)) {
      state = State.DEPENDENCY;
    } else {
      beginFragments();
    }
  }

  private void beginFragments() {
    state = State.FRAGMENT;
    sink.headers(streamId, block.endStream(), block.dependency());
  }

  private boolean dependency(ByteBuffer in) {
    if (!fixed.gather(in, PRIORITY_FIELDS_BYTES)) {
      return false;
    }
    left -= PRIORITY_FIELDS_BYTES;
    block.dependency(fixed.uint31(0));
    beginFragments();
    return true;
  }

  private void beginData() {
    int paddingWithLength = isSet(FrameFlags.PADDED) ? padding + 1 : 0;
    state = State.SKIP;
    sink.data(streamId, left - padding, paddingWithLength, isSet(FrameFlags.END_STREAM));
    state = State.DATA;
  }

  private boolean data(ByteBuffer in) {
    if (left > padding && !in.hasRemaining()) {
      return false;
    }
    int limit = in.limit();
    int end = limitToPiece(in);
    boolean last = left == padding;
    state = State.SKIP;
    try {
      sink.dataPiece(streamId, in, last && isSet(FrameFlags.END_STREAM));
    } finally {
      in.limit(limit).position(end);
    }
    if (!last) {
      state = State.DATA;
    }
    return true;
  }

  private boolean fragment(ByteBuffer in) {
    if (left == padding) {
      state = State.SKIP;
      if (block.endHeaders()) {
        block.end();
        sink.headersEnd(streamId, block.endStream());
      }
      return true;
    }
    if (!in.hasRemaining()) {
      return false;
    }
    int limit = in.limit();
    int end = limitToPiece(in);
    try {
      sink.headersPiece(in);
    } finally {
      in.limit(limit).position(end);
    }
    return true;
  }

  /**
   * Limits the buffer to what it has of the payload before the padding, counts that as read, and
   * returns its end: a view of its own would be made for every frame.
   */
  private int limitToPiece(ByteBuffer in) {
    int count = Math.min(left - padding, in.remaining());
    int end = in.position() + count;
    in.limit(end);
    left -= count;
    return end;
  }

  private boolean fixed(ByteBuffer in) {
    int size = Math.min(left, Long.BYTES);
    if (!fixed.gather(in, size)) {
      return false;
    }
    left -= size;
    state = type == FrameType.GOAWAY ? State.GOAWAY_TEXT : State.SKIP;
    shortFrames.fixed(type, flags, streamId, fixed);
    return true;
  }

  private void beginSettings(int length) {
    if (!isSet(FrameFlags.ACK)) {
      state = State.SETTINGS;
    } else if (length > 0) {
      throw Http2Exception.connection(FRAME_SIZE_ERROR, "SETTINGS with ACK and a payload");
    } else {
      sink.settingsAck();
    }
  }

  private boolean settings(ByteBuffer in) {
    if (left == 0) {
      state = State.SKIP;
      sink.settingsEnd();
      return true;
    }
    if (!fixed.gather(in, SETTING_BYTES)) {
      return false;
    }
    left -= SETTING_BYTES;
    shortFrames.setting(fixed);
    return true;
  }

  private boolean priorityUpdate(ByteBuffer in) {
    Octets payload = priority;
    int size = payload.capacity();
    if (!payload.gather(in, size)) {
      return false;
    }
    boolean whole = size == left;
    left -= size;
    priority = NONE;
    state = State.SKIP;
    shortFrames.priorityUpdate(payload, whole);
    return true;
  }

  private boolean skip(ByteBuffer in) {
    int count = Math.min(left, in.remaining());
    left -= count;
    if (state == State.GOAWAY_TEXT && count > 0) {
      sink.goAwayText(in.slice(in.position(), count), left == 0);
    }
    in.position(in.position() + count);
    if (left > 0) {
      return false;
    }
    state = State.HEADER;
    return true;
  }

  private boolean isSet(int flag) {
    return FrameFlags.isSet(flags, flag);
  }
}
