package io.kqueueserver.server.h2;

import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * The cipher suites that HTTP/2 may be spoken over: those of TLS 1.3, and of TLS 1.2 those outside
 * of RFC 9113 appendix A, which have an ephemeral key exchange and an AEAD cipher.
 */
final class TlsSuites {
  private TlsSuites() {}

  /** Whether HTTP/2 may be spoken over a session. A connection in the clear (null) is adequate. */
  static boolean areAdequate(@Nullable SSLSession session) {
    if (session == null) {
      return true;
    }
    return switch (session.getProtocol()) {
      case "TLSv1.3" -> true;
      case "TLSv1.2" -> isAdequate(session.getCipherSuite());
      default -> false;
    };
  }

  /** Whether a suite of TLS 1.2 is not in the appendix. */
  static boolean isAdequate(String suite) {
    boolean ephemeral = suite.startsWith("TLS_ECDHE_") || suite.startsWith("TLS_DHE_");
    boolean aead =
        suite.contains("_GCM_") || suite.contains("_CCM") || suite.contains("_CHACHA20_");
    return ephemeral && aead;
  }
}
