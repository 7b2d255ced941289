package io.kqueueserver.net.tls;

import io.kqueueserver.stats.TlsFailure;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Thrown if the TLS of one connection has failed. The transport sends an alert, logs and closes.
 */
final class TlsFailedException extends Exception {
  private static final long serialVersionUID = 1L;
  private static final byte[] NOTHING = {};

  /**
   * The message with which engines of later JDKs wrap an exception of a key or trust manager. The
   * engine of JDK 17 does not wrap it. TlsTaskTest pins both.
   */
  private static final String NOT_FORESEEN = "Unhandled exception";

  private final TlsFailure why;
  private final byte[] inTheClear;

  /** A failure whose alert the engine itself sends. */
  TlsFailedException(TlsFailure why, String what, @Nullable Throwable cause) {
    this(why, what, cause, NOTHING);
  }

  /**
   * @param inTheClear unencrypted bytes to send to a peer without agreed keys
   */
  TlsFailedException(TlsFailure why, String what, @Nullable Throwable cause, byte[] inTheClear) {
    super(what, cause, false, false); // no stack, because peers cause it
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
