package io.kqueueserver.net;

import java.util.function.Predicate;
import javax.net.ssl.SSLSession;

/**
 * A protocol that a server offers by ALPN (RFC 7301).
 *
 * @param name the protocol's name in the registry of ALPN, such as {@code http/1.1}
 * @param fits whether the protocol may be spoken over a session whose version and cipher suite are
 *     chosen. Any thread tests it in the middle of a handshake; it must return at once.
 */
public record ApplicationProtocol(String name, Predicate<SSLSession> fits) {
  /** A protocol that fits every session. */
  public static ApplicationProtocol of(String name) {
    return new ApplicationProtocol(name, session -> true);
  }
}
