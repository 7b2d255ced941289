package io.kqueueserver.net.tls;

/** Whether the server requests a certificate of clients. */
public enum ClientAuth {
  NONE,
  /** The server requests a certificate, and serves a client without one. */
  WANT,
  /** The server requests a certificate, and the handshake of a client without one fails. */
  NEED
}
