package io.kqueueserver.net.tls;

import io.kqueueserver.stats.TlsFailure;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** The TLS of one connection can go on no more; the transport sends the alert, logs and closes. */
final class TlsFailedException extends Exception {
  private static final long serialVersionUID = 1L;
  private static final byte[] NOTHING = {};

  /**
   * How engines of later JDKs wrap what a key or trust manager throws; that of JDK 17 throws it as
   * it is. TlsTaskTest pins both.
   */
  private static final String NOT_FORESEEN = "Unhandled exception";

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

  /**
   * A failure that the engine has found.
   *
   * @param secured whether the handshake was done
   */
  static TlsFailedException of(SSLException found, boolean secured) {
    TlsFailure why = secured ? TlsFailure.BAD_RECORD : TlsFailure.REFUSED;
    if (String.valueOf(found.getMessage()).contains(NOT_FORESEEN)) {
      why = TlsFailure.SERVER_ERROR;
    }
    return new TlsFailedException(why, "TLS failed: " + found.getMessage(), found);
  }

  TlsFailure why() {
    return why;
  }

  byte[] inTheClear() {
    return inTheClear;
  }
}
