package io.kqueueserver.http.h2;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * One row of the frame table: octets a client may send, and what the parser must make of them.
 *
 * @param octets one char each
 * @param expected the transcript, see {@link FrameTranscript}
 */
record FrameRow(String name, String rfc, String octets, List<String> expected) {
  static final byte[] PING = Frames.frame(0x6, 0, 0, Frames.int32(0), Frames.int32(0xfeed));

  /** Behind the octets of the row comes a PING, which must be read. */
  static FrameRow accepted(String name, String rfc, byte[] wire, String... expected) {
    String[] lines = Arrays.copyOf(expected, expected.length + 1);
    lines[expected.length] = "PING feed";
    return new FrameRow(name, rfc, octets(wire), List.of(lines));
  }

  /** The stream is at fault; the PING behind it is read. */
  static FrameRow streamError(String name, String rfc, byte[] wire, int id, String error) {
    return accepted(name, rfc, wire, "STREAM " + id + " " + error);
  }

  /** Nothing but the error comes of it. */
  static FrameRow connectionError(String name, String rfc, byte[] wire, String error) {
    return new FrameRow(name, rfc, octets(wire), List.of("CONNECTION " + error));
  }

  /** The last of these lines is the error. */
  static FrameRow refusedAfter(String name, String rfc, byte[] wire, String... expected) {
    return new FrameRow(name, rfc, octets(wire), List.of(expected));
  }

  private static String octets(byte[] wire) {
    return new String(Frames.join(wire, PING), StandardCharsets.ISO_8859_1);
  }

  byte[] wire() {
    return octets.getBytes(StandardCharsets.ISO_8859_1);
  }

  @Override
  public String toString() {
    return name + " (" + rfc + ")";
  }
}
