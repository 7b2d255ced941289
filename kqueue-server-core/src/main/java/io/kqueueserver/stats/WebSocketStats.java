package io.kqueueserver.stats;

/**
 * Counters of WebSocket of one loop. As with {@link LoopStats}, of which it is part: written by the
 * loop's thread alone, read racily by anyone.
 */
public final class WebSocketStats {
  /** Kinds of messages that are counted. */
  public enum Message {
    TEXT,
    BINARY,
    PING,
    PONG
  }

  /** Which side decided that a session ends. */
  public enum ClosedBy {
    /** The peer, by a Close frame or by ending its stream. */
    CLIENT,
    /** The application. */
    APPLICATION,
    /** This server: a protocol error, a limit, a timeout or a drain. */
    SERVER
  }

  /** The first close code, RFC 6455 7.4. */
  public static final int FIRST_CODE = 1000;

  /** Codes that are counted one by one: those that are registered. */
  public static final int REGISTERED_CODES = 16;

  /** Places of the codes of libraries, 3000 to 3999, and of applications, 4000 to 4999. */
  public static final int LIBRARY_CODES = REGISTERED_CODES;

  public static final int APPLICATION_CODES = REGISTERED_CODES + 1;

  /** Places of close codes. */
  public static final int CODE_PLACES = REGISTERED_CODES + 2;

  /** Sessions now. */
  public int sessions;

  /** Bytes of messages that wait in sessions, before the stream's own queue. */
  public long queuedBytes;

  /** Payloads that the application has lent, of messages that wait to be sent. */
  public int lentBuffers;

  /** Bytes of compressed messages: before compression, and on the wire. */
  public long deflatedFrom;

  public long deflatedTo;

  private final long[] received = new long[Message.values().length];
  private final long[] sent = new long[Message.values().length];
  private final long[] closes = new long[CODE_PLACES * ClosedBy.values().length];

  public void received(Message type) {
    received[type.ordinal()]++;
  }

  public void sent(Message type) {
    sent[type.ordinal()]++;
  }

  public long receivedCount(Message type) {
    return received[type.ordinal()];
  }

  public long sentCount(Message type) {
    return sent[type.ordinal()];
  }

  /** Counts the end of a session. */
  public void closed(int code, ClosedBy by) {
    closes[index(place(code), by)]++;
  }

  public long closedCount(int place, ClosedBy by) {
    return closes[index(place, by)];
  }

  private static int index(int place, ClosedBy by) {
    return place * ClosedBy.values().length + by.ordinal();
  }

  private static int place(int code) {
    int offset = code - FIRST_CODE;
    if (offset >= 0 && offset < REGISTERED_CODES) {
      return offset;
    }
    return code < 4000 ? LIBRARY_CODES : APPLICATION_CODES;
  }

  /** Name of a place in meters: a registered code, {@code 3xxx} or {@code 4xxx}. */
  public static String codeTag(int place) {
    return switch (place) {
      case LIBRARY_CODES -> "3xxx";
      case APPLICATION_CODES -> "4xxx";
      default -> Integer.toString(FIRST_CODE + place);
    };
  }
}
