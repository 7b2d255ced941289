package io.kqueueserver.http.h2;

/** The flags of frames (RFC 9113 6). A flag that its frame type does not define is ignored. */
public final class FrameFlags {
  /** DATA, HEADERS: the last frame of the sender's half of the stream. */
  public static final int END_STREAM = 0x1;

  /** SETTINGS, PING: the answer to such a frame. */
  public static final int ACK = 0x1;

  /** HEADERS, CONTINUATION: the last frame of a field block. */
  public static final int END_HEADERS = 0x4;

  /** DATA, HEADERS: the payload begins with a pad length and ends with padding. */
  public static final int PADDED = 0x8;

  /** HEADERS: dependency and weight of RFC 7540 5.3 stand before the field block. */
  public static final int PRIORITY = 0x20;

  private FrameFlags() {}

  static boolean isSet(int flags, int flag) {
    return (flags & flag) != 0;
  }
}
