package io.kqueueserver.net.tls;

import java.nio.ByteBuffer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;

/** The headers of TLS records (RFC 8446 5.1, RFC 5246 6.2): type(1) version(2) length(2). */
final class TlsRecords {
  static final int HEADER = 5;
  static final byte ALERT = 21;
  static final byte HANDSHAKE = 22;
  private static final byte CONTENT = 23;

  /**
   * 35: an alert, its type and the tag of every suite (RFC 8446 5.2 and 6), and the 16 bytes of
   * padding that the JDK's engine adds to alerts.
   */
  private static final int MAX_ENCRYPTED_ALERT = 2 + 1 + 16 + 16;

  static final byte MAJOR_VERSION = 3;

  /** 2^14, RFC 8446 5.1. */
  static final int MAX_PLAINTEXT = 16 * 1024;

  /** RFC 5246 6.2.3: 2^14 + 2048; TLS 1.3 allows less. */
  static final int MAX_CIPHERTEXT = MAX_PLAINTEXT + 2048;

  /** No record is longer. */
  static final int MAX_RECORD = HEADER + MAX_CIPHERTEXT;

  private TlsRecords() {}

  /**
   * Whether the buffer holds a whole record, or an illegal header. The engine refuses the latter at
   * once.
   */
  static boolean waits(ByteBuffer in) {
    int left = in.remaining();
    if (left < HEADER) {
      return false;
    }
    int length = in.getShort(in.position() + 3) & 0xffff;
    return length > MAX_CIPHERTEXT || left >= HEADER + length;
  }

  /**
   * Whether the first record of the buffer may be an alert.
   *
   * @param encrypted whether to count records of TLS 1.3 that are as short as an alert; such a
   *     record may have a few bytes of content instead
   */
  static boolean mayBeAlert(ByteBuffer in, boolean encrypted) {
    byte type = in.get(in.position());
    return type == ALERT
        || (encrypted && type == CONTENT && in.getShort(in.position() + 3) <= MAX_ENCRYPTED_ALERT);
  }

  /** The status of an unwrap: Conscrypt's says CLOSED of every record once this side is closed. */
  static SSLEngineResult.Status status(SSLEngineResult result, SSLEngine engine) {
    SSLEngineResult.Status status = result.getStatus();
    boolean isOpen = status == SSLEngineResult.Status.CLOSED && !engine.isInboundDone();
    return isOpen ? SSLEngineResult.Status.OK : status;
  }

  /**
   * A fatal alert in the clear, for a peer with which no keys are agreed. The version is that of
   * the first flight, which every client takes (RFC 8446 5.1: 0x0301 or 0x0303).
   */
  static byte[] alert(Alert alert) {
    return new byte[] {ALERT, MAJOR_VERSION, 3, 0, 2, 2, (byte) alert.code};
  }

  /** Descriptions of alerts (RFC 8446 6.2). */
  enum Alert {
    UNEXPECTED_MESSAGE(10),
    DECODE_ERROR(50),
    INTERNAL_ERROR(80),
    NO_APPLICATION_PROTOCOL(120);

    final int code;

    Alert(int code) {
      this.code = code;
    }
  }
}
