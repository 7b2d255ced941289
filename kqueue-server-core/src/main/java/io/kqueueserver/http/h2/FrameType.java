package io.kqueueserver.http.h2;

import org.jspecify.annotations.Nullable;

/**
 * The frame types (RFC 9113 6, RFC 9218 7.1), each with the streams it is legal on and the length
 * its payload must have. The parser holds every frame to its row before it reads the payload.
 */
public enum FrameType {
  DATA(0x0, On.STREAM, Length.ANY, 0),
  HEADERS(0x1, On.STREAM, Length.ANY, 0),
  PRIORITY(0x2, On.STREAM, Length.EXACT, 5),
  RST_STREAM(0x3, On.STREAM, Length.EXACT, 4),
  SETTINGS(0x4, On.CONNECTION, Length.MULTIPLE, 6),
  PUSH_PROMISE(0x5, On.STREAM, Length.AT_LEAST, 4),
  PING(0x6, On.CONNECTION, Length.EXACT, 8),
  GOAWAY(0x7, On.CONNECTION, Length.AT_LEAST, 8),
  WINDOW_UPDATE(0x8, On.BOTH, Length.EXACT, 4),
  CONTINUATION(0x9, On.STREAM, Length.ANY, 0),
  PRIORITY_UPDATE(0x10, On.CONNECTION, Length.AT_LEAST, 4);

  /** Which stream identifiers a frame may carry. */
  private enum On {
    /** Stream 0 only. */
    CONNECTION,
    /** Any but stream 0. */
    STREAM,
    BOTH
  }

  /** How the length of a payload relates to the number in the row. */
  private enum Length {
    ANY,
    EXACT,
    AT_LEAST,
    MULTIPLE
  }

  private static final @Nullable FrameType[] BY_NUMBER = new FrameType[0x11];

  static {
    for (FrameType type : values()) {
      BY_NUMBER[type.number] = type;
    }
  }

  private final int number;
  private final On on;
  private final Length rule;
  private final int length;

  FrameType(int number, On on, Length rule, int length) {
    this.number = number;
    this.on = on;
    this.rule = rule;
    this.length = length;
  }

  /** The type of that number, or null if this server knows none. */
  public static @Nullable FrameType of(int number) {
    return number < BY_NUMBER.length ? BY_NUMBER[number] : null;
  }

  public int number() {
    return number;
  }

  /**
   * Holds a frame that a client sent to its row.
   *
   * @throws Http2Exception if the client must not send it so, or at all
   */
  void check(int streamId, int size) {
    if (!isLegalOn(streamId)) {
      throw Http2Exception.connection(ErrorCode.PROTOCOL_ERROR, this + " on stream " + streamId);
    }
    if (this == PUSH_PROMISE) {
      throw Http2Exception.connection(ErrorCode.PROTOCOL_ERROR, "PUSH_PROMISE from a client");
    }
    if (!isLegalLength(size)) {
      String message = this + " of " + size + " bytes";
      // RFC 9113 6.3: an error of the stream only, PRIORITY having no effect on anything else.
      throw this == PRIORITY
          ? Http2Exception.stream(streamId, ErrorCode.FRAME_SIZE_ERROR, message)
          : Http2Exception.connection(ErrorCode.FRAME_SIZE_ERROR, message);
    }
  }

  private boolean isLegalOn(int streamId) {
    return switch (on) {
      case CONNECTION -> streamId == 0;
      case STREAM -> streamId != 0;
      case BOTH -> true;
    };
  }

  private boolean isLegalLength(int size) {
    return switch (rule) {
      case ANY -> true;
      case EXACT -> size == length;
      case AT_LEAST -> size >= length;
      case MULTIPLE -> size % length == 0;
    };
  }
}
