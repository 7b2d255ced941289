package io.kqueueserver.http.ws;

import io.kqueueserver.stats.Limit;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One row of the frame table: bytes a client may send, and what the decoder must make of them.
 *
 * @param wire every byte is one char
 * @param expected the transcript, see {@link Transcript}
 * @param deflate what the session agreed on; null for no compression
 */
public record FrameRow(
    String name,
    String rfc,
    String wire,
    List<String> expected,
    MessageLimits limits,
    @Nullable PerMessageDeflate deflate) {

  /** Small enough that a row can cross each limit without being long. */
  static final MessageLimits SMALL = new MessageLimits(130, 200, 5, 2, 2);

  /** For rows about compression: messages that the ratio can hold. */
  static final MessageLimits LARGE = new MessageLimits(65536, 1 << 20, 64, 4, 20);

  static final PerMessageDeflate FORGETTING = new PerMessageDeflate(true, true, null, null);
  static final PerMessageDeflate REMEMBERING = new PerMessageDeflate(false, false, null, null);

  static FrameRow row(String name, String rfc, byte[] wire, String... expected) {
    String chars = new String(wire, StandardCharsets.ISO_8859_1);
    return new FrameRow(name, rfc, chars, List.of(expected), MessageLimits.DEFAULTS, null);
  }

  static FrameRow refused(String name, String rfc, byte[] wire, int code) {
    return row(name, rfc, wire, "REFUSED " + code);
  }

  /** Refused because of a limit, under {@link #SMALL} ones. */
  static FrameRow tooMuch(String name, byte[] wire, int code, Limit limit) {
    return row(name, "limit", wire, "REFUSED " + code + " " + limit).under(SMALL);
  }

  FrameRow under(MessageLimits bounds) {
    return new FrameRow(name, rfc, wire, expected, bounds, deflate);
  }

  FrameRow agreed(@Nullable PerMessageDeflate agreement) {
    return new FrameRow(name, rfc, wire, expected, limits, agreement);
  }

  public byte[] bytes() {
    return wire.getBytes(StandardCharsets.ISO_8859_1);
  }

  @Override
  public String toString() {
    return name + " (" + rfc + ")";
  }
}
