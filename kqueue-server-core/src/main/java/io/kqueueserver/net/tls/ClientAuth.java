package io.kqueueserver.net.tls;

/** Whether clients are asked for a certificate. */
public enum ClientAuth {
  NONE,
  /** Asked; a client without one is served all the same. */
  WANT,
  /** Asked; a client without one fails its handshake. */
  NEED
}
