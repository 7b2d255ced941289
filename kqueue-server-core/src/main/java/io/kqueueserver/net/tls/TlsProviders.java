package io.kqueueserver.net.tls;

import java.security.Provider;
import org.jspecify.annotations.Nullable;

/** JSSE providers besides the JDK's, none of which needs to be installed in the JVM. Any thread. */
public final class TlsProviders {
  private static final String CONSCRYPT = "Conscrypt";
  private static final String ARTIFACT = "org.conscrypt:conscrypt-openjdk-uber";

  /** The version that the build tests. */
  private static final String TESTED = "2.6.0";

  private static @Nullable Provider conscrypt;

  private TlsProviders() {}

  /**
   * Conscrypt, whose engines are BoringSSL's. Contexts for {@link TlsProfile} are made by {@code
   * SSLContext.getInstance("TLS", provider)}.
   *
   * @throws TlsProviderException if Conscrypt is not on the class path, or has no native library
   *     for this system; the message names the remedy
   */
  public static synchronized Provider conscrypt() {
    Provider made = conscrypt;
    if (made == null) {
      made = newConscrypt();
      conscrypt = made;
    }
    return made;
  }

  private static Provider newConscrypt() {
    try {
      return ConscryptCalls.newProvider();
    } catch (UnsatisfiedLinkError | ExceptionInInitializerError e) {
      throw withoutLibrary(e);
    } catch (NoClassDefFoundError e) {
      throw new TlsProviderException(
          "Conscrypt is not on the class path", "add the dependency " + ARTIFACT + ":" + TESTED, e);
    }
  }

  private static TlsProviderException withoutLibrary(LinkageError e) {
    return new TlsProviderException(
        "Conscrypt cannot load its native library on "
            + System.getProperty("os.name")
            + " "
            + System.getProperty("os.arch")
            + " ("
            + e.getMessage()
            + ")",
        "run on a system for which "
            + ARTIFACT
            + " has a library (Linux with glibc, macOS and Windows, on x86_64; Linux and macOS on"
            + " aarch64), with a java.io.tmpdir from which libraries may be loaded",
        e);
  }

  /** Name and version of a provider, as in {@code Conscrypt 2.6.0} or {@code SunJSSE 17}. */
  public static String shown(Provider provider) {
    boolean isConscrypt = provider.getClass().getName().startsWith(EngineMemory.CONSCRYPT);
    return isConscrypt
        ? CONSCRYPT + " " + ConscryptCalls.version()
        : provider.getName() + " " + provider.getVersionStr();
  }
}
