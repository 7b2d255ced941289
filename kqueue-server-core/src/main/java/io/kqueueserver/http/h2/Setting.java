package io.kqueueserver.http.h2;

import org.jspecify.annotations.Nullable;

/** The parameters of SETTINGS (RFC 9113 6.5.2, RFC 8441 3, RFC 9218 2.1), a row each. */
public enum Setting {
  HEADER_TABLE_SIZE(0x1, 4096, 0, 0xffffffffL, ErrorCode.PROTOCOL_ERROR),
  ENABLE_PUSH(0x2, 1, 0, 1, ErrorCode.PROTOCOL_ERROR),
  MAX_CONCURRENT_STREAMS(0x3, 0xffffffffL, 0, 0xffffffffL, ErrorCode.PROTOCOL_ERROR),
  INITIAL_WINDOW_SIZE(0x4, 65_535, 0, FlowWindow.MAX_SIZE, ErrorCode.FLOW_CONTROL_ERROR),
  MAX_FRAME_SIZE(0x5, 16_384, 16_384, 0xffffff, ErrorCode.PROTOCOL_ERROR),
  MAX_HEADER_LIST_SIZE(0x6, 0xffffffffL, 0, 0xffffffffL, ErrorCode.PROTOCOL_ERROR),
  ENABLE_CONNECT_PROTOCOL(0x8, 0, 0, 1, ErrorCode.PROTOCOL_ERROR),
  NO_RFC7540_PRIORITIES(0x9, 0, 0, 1, ErrorCode.PROTOCOL_ERROR);

  private static final @Nullable Setting[] BY_IDENTIFIER = new Setting[0xa];

  static {
    for (Setting setting : values()) {
      BY_IDENTIFIER[setting.identifier] = setting;
    }
  }

  private final int identifier;
  private final long initial;
  private final long least;
  private final long most;
  private final ErrorCode outOfRange;

  Setting(int identifier, long initial, long least, long most, ErrorCode outOfRange) {
    this.identifier = identifier;
    this.initial = initial;
    this.least = least;
    this.most = most;
    this.outOfRange = outOfRange;
  }

  /** The parameter of that identifier, or null for one that must be ignored. */
  public static @Nullable Setting of(int identifier) {
    return identifier < BY_IDENTIFIER.length ? BY_IDENTIFIER[identifier] : null;
  }

  public int identifier() {
    return identifier;
  }

  /** The value before any SETTINGS; the largest where there is no limit. */
  public long initial() {
    return initial;
  }

  /** Refuses a value outside the range of the parameter. */
  void check(long value) {
    if (value < least || value > most) {
      throw Http2Exception.connection(outOfRange, "SETTINGS_" + this + " of " + value);
    }
  }
}
