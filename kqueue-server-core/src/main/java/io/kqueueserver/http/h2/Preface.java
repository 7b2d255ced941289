package io.kqueueserver.http.h2;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The 24 bytes a client's side of a connection begins with (RFC 9113 3.4): no request of HTTP/1
 * begins so.
 */
public final class Preface {
  /** The result of matching the first bytes. */
  public enum Match {
    MATCH,
    /** All bytes so far are the preface's. */
    NEED_MORE,
    NO
  }

  private static final byte[] OCTETS =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  /** Octets of the preface. */
  public static final int BYTES = OCTETS.length;

  private int matched;

  /** Looks at the first bytes of a connection, and consumes none. */
  public static Match of(ByteBuffer first) {
    return new Preface().take(first.duplicate());
  }

  /** Consumes the next bytes of the preface, and none behind it. */
  public Match take(ByteBuffer in) {
    while (matched < BYTES && in.hasRemaining()) {
      if (in.get() != OCTETS[matched]) {
        return Match.NO;
      }
      matched++;
    }
    return matched == BYTES ? Match.MATCH : Match.NEED_MORE;
  }
}
