package io.kqueueserver.net.tls;

import java.security.Provider;
import javax.net.ssl.SSLEngine;
import org.conscrypt.Conscrypt;

/**
 * Every call to Conscrypt, an optional dependency. The JVM loads this class only for an engine of
 * Conscrypt, or if Conscrypt is asked for, and throws a {@link LinkageError} if it is not there.
 */
final class ConscryptCalls {
  private ConscryptCalls() {}

  static Provider newProvider() {
    return Conscrypt.newProvider();
  }

  /** The version of the library; {@link Provider#getVersionStr} has another meaning there. */
  static String version() {
    Conscrypt.Version version = Conscrypt.version();
    return version.major() + "." + version.minor() + "." + version.patch();
  }

  /** Has sessions resumed by tickets, too: without, there is no resumption in TLS 1.3. */
  static void useTickets(SSLEngine engine) {
    Conscrypt.setUseSessionTickets(engine, true);
  }
}
