package io.kqueueserver.net.tls;

import io.kqueueserver.stats.TlsFailure;
import org.jspecify.annotations.Nullable;

/** The TLS of one connection can go on no more; the transport sends the alert, logs and closes. */
final class TlsFailedException extends Exception {
  private static final long serialVersionUID = 1L;
  private static final byte[] NOTHING = {};

  private final TlsFailure why;
  private final byte[] inTheClear;

  /** A failure whose alert the engine itself sends. */
  TlsFailedException(TlsFailure why, String what, @Nullable Throwable cause) {
    this(why, what, cause, NOTHING);
  }

  /**
   * @param inTheClear bytes for a peer with which no keys are agreed
   */
  TlsFailedException(TlsFailure why, String what, @Nullable Throwable cause, byte[] inTheClear) {
    super(what, cause, false, false); // peers cause it: no stack
    this.why = why;
    this.inTheClear = inTheClear;
  }

  TlsFailure why() {
    return why;
  }

  byte[] inTheClear() {
    return inTheClear;
  }
}
