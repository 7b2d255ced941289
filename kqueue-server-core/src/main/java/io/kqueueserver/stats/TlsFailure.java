package io.kqueueserver.stats;

/** Why a TLS handshake came to nothing, or a connection's TLS was broken off. */
public enum TlsFailure {
  /** The client did not begin one: it spoke HTTP in the clear, or anything else. */
  NOT_TLS,
  /** Its first message was malformed, or larger than any client's is. */
  CLIENT_HELLO,
  /** No protocol, cipher or certificate in common, or one of the two was not trusted. */
  REFUSED,
  /** The client closed before the end. */
  PEER_GONE,
  /** It took longer than it may. */
  TIMEOUT,
  /** The maximum number of handshakes was under way. */
  LIMIT,
  /** The client began another on a connection that was secured. */
  RENEGOTIATION,
  /** A record after the handshake was malformed, forged, or one of too many without content. */
  BAD_RECORD,
  /** Ours: a key manager, a trust manager or the supplier of a profile threw what none should. */
  SERVER_ERROR
}
