package io.kqueueserver.net.tls;

/** The result of parsing a connection's first bytes. */
sealed interface ClientHelloPeek permits ClientHello, ClientHelloPeek.Verdict {
  /** The reason why there is no ClientHello. */
  enum Verdict implements ClientHelloPeek {
    NEED_MORE,
    /** These bytes begin no TLS handshake. */
    NOT_TLS,
    /** A ClientHello that contradicts itself: lengths that do not fit, fields twice. */
    MALFORMED,
    /** Longer than {@link ClientHelloParser#MAX_BYTES}. */
    TOO_LARGE
  }
}
