package io.kqueueserver.net.tls;

import io.kqueueserver.stats.TlsFailure;
import org.jspecify.annotations.Nullable;

/** The TLS of one connection can go on no more; whoever drives it says so, logs it and closes. */
final class TlsFailedException extends Exception {
  private static final long serialVersionUID = 1L;
  private static final byte[] NOTHING = {};

  private final TlsFailure why;
  private final byte[] inTheClear;

  /** The engine says to the peer what there is to be said. */
  TlsFailedException(TlsFailure why, String what, @Nullable Throwable cause) {
    this(why, what, cause, NOTHING);
  }

  /**
   * @param inTheClear what a peer is told with whom no keys are agreed
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
