package io.kqueueserver.http.h2;

/**
 * The values of one side's SETTINGS: those the peer has sent, or those this server announces and
 * the peer is to acknowledge.
 */
public final class Settings {
  private final long[] values = new long[Setting.values().length];
  private int frames;
  private int unacknowledged;

  /** All values are those before any SETTINGS (RFC 9113 6.5.2). */
  public Settings() {
    for (Setting setting : Setting.values()) {
      values[setting.ordinal()] = setting.initial();
    }
  }

  public long get(Setting setting) {
    return values[setting.ordinal()];
  }

  /** As {@link #get}, and the largest int where the value is larger. */
  public int getInt(Setting setting) {
    return (int) Math.min(get(setting), Integer.MAX_VALUE);
  }

  /**
   * Sets a value this server announces.
   *
   * @throws Http2Exception if it is out of range
   */
  public Settings set(Setting setting, long value) {
    setting.check(value);
    values[setting.ordinal()] = value;
    return this;
  }

  /**
   * Takes one parameter of the peer's SETTINGS; an unknown one has no effect (RFC 9113 6.5.2).
   *
   * @throws Http2Exception if the value is out of range, or must not change any more
   */
  public void apply(int identifier, long value) {
    Setting setting = Setting.of(identifier);
    if (setting == null) {
      return;
    }
    long before = get(setting);
    set(setting, value);
    switch (setting) {
      case NO_RFC7540_PRIORITIES -> requireKept(setting, frames == 0 || value == before);
      case ENABLE_CONNECT_PROTOCOL -> requireKept(setting, value >= before);
      default -> {}
    }
  }

  /** A SETTINGS frame of the peer is complete. */
  public void applied() {
    frames++;
  }

  /** A SETTINGS frame with these values was sent. */
  public void announced() {
    unacknowledged++;
  }

  /**
   * The peer has acknowledged a SETTINGS frame.
   *
   * @throws Http2Exception if all were acknowledged already
   */
  public void acknowledged() {
    if (unacknowledged == 0) {
      throw Http2Exception.connection(
          ErrorCode.PROTOCOL_ERROR, "acknowledgement of SETTINGS that were not sent");
    }
    unacknowledged--;
  }

  /** SETTINGS frames that the peer has not acknowledged. */
  public int unacknowledged() {
    return unacknowledged;
  }

  /** RFC 9218 2.1 and RFC 8441 3: some values must not be taken back. */
  private static void requireKept(Setting setting, boolean kept) {
    if (!kept) {
      throw Http2Exception.connection(
          ErrorCode.PROTOCOL_ERROR, "SETTINGS_" + setting + " taken back");
    }
  }
}
