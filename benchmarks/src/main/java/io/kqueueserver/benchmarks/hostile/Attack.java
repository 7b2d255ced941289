package io.kqueueserver.benchmarks.hostile;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.IntFunction;

/** What a hostile connection sends, step by step. */
enum Attack {
  RAPID_RESET("rapid reset", i -> join(Http2Wire.get(odd(i), "/never"), Http2Wire.rst(odd(i)))),
  MADE_RESET(
      "made reset", i -> join(Http2Wire.post(odd(i), "/never"), Http2Wire.windowUpdate(odd(i), 0))),
  PING("PING flood", i -> Http2Wire.frame(Http2Wire.PING, 0, 0, new byte[8])),
  SETTINGS("SETTINGS flood", i -> Http2Wire.frame(Http2Wire.SETTINGS, 0, 0)),
  WINDOWS("SETTINGS of many windows", Attack::windows),
  PRIORITY("PRIORITY flood", i -> Http2Wire.frame(Http2Wire.PRIORITY, 0, odd(i), new byte[5])),
  WINDOW_UPDATE("WINDOW_UPDATE flood", i -> Http2Wire.windowUpdate(0, 1)),
  EMPTY_DATA(
      "empty DATA flood",
      i -> i == 0 ? Http2Wire.post(1, "/never") : Http2Wire.frame(Http2Wire.DATA, 0, 1)),
  CONTINUATION(
      "CONTINUATION flood",
      i ->
          i == 0
              ? Http2Wire.frame(Http2Wire.HEADERS, 0, 1, Http2Wire.block(0x82, "/a"))
              : Http2Wire.frame(Http2Wire.CONTINUATION, 0, 1, (byte) 0x84)),
  UNREAD_RESPONSES("responses that nobody reads", i -> Http2Wire.get(odd(i), "/large")),
  UNREAD_UPLOADS("uploads that nobody reads", Attack::upload);

  /** The frames of {@link #upload} that one stream's window takes. */
  static final int FRAMES_OF_UPLOAD = 4;

  /** max-concurrent-streams. */
  private static final int STREAMS = 100;

  /** As many as a frame of 16 KiB has room for. */
  private static final int WINDOWS_OF_FRAME = 2_730;

  final String label;
  private final IntFunction<byte[]> frames;

  Attack(String label, IntFunction<byte[]> frames) {
    this.label = label;
    this.frames = frames;
  }

  /** The frames of step {@code i} of a connection. */
  byte[] step(int i) {
    return frames.apply(i);
  }

  /** Number of steps after which a connection has done all the harm it can. */
  int steps() {
    return switch (this) {
      case UNREAD_RESPONSES -> STREAMS;
      case UNREAD_UPLOADS -> 65; // 1 MiB, the connection's window
      default -> 300; // each limit is exceeded before
    };
  }

  static byte[] upload(int i) {
    int stream = odd(i / FRAMES_OF_UPLOAD);
    byte[] data = Http2Wire.frame(Http2Wire.DATA, 0, stream, new byte[16_000]);
    return i % FRAMES_OF_UPLOAD == 0 ? join(Http2Wire.post(stream, "/never"), data) : data;
  }

  /** Streams whose responses wait, and then changes of all their windows. */
  private static byte[] windows(int i) {
    if (i < STREAMS) {
      return Http2Wire.get(odd(i), "/large");
    }
    ByteBuffer settings = ByteBuffer.allocate(WINDOWS_OF_FRAME * 6);
    for (int j = 0; j < WINDOWS_OF_FRAME; j++) {
      settings.putShort((short) Http2Wire.INITIAL_WINDOW_SIZE).putInt(j & 1);
    }
    return Http2Wire.frame(Http2Wire.SETTINGS, 0, 0, settings.array());
  }

  private static int odd(int i) {
    return 2 * i + 1;
  }

  private static byte[] join(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }
}
