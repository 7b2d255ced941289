package io.kqueueserver.spring.http;

import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.HexFormat;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;
import org.springframework.http.server.reactive.SslInfo;

/** The facts about a TLS session that WebFlux shows. Any thread. */
final class TlsSessionInfo implements SslInfo {
  private final SSLSession session;

  TlsSessionInfo(SSLSession session) {
    this.session = session;
  }

  /** The session's id in lower-case hex; null if the session has no id. */
  @Override
  public @Nullable String getSessionId() {
    byte[] id = session.getId();
    return id == null || id.length == 0 ? null : HexFormat.of().formatHex(id);
  }

  /** The client's certificate and its chain; null if the client has sent none. */
  @Override
  public X509Certificate @Nullable [] getPeerCertificates() {
    Certificate[] certificates;
    try {
      certificates = session.getPeerCertificates();
    } catch (SSLPeerUnverifiedException e) {
      return null;
    }
    X509Certificate[] found =
        Arrays.stream(certificates)
            .filter(X509Certificate.class::isInstance)
            .map(X509Certificate.class::cast)
            .toArray(X509Certificate[]::new);
    return found.length == 0 ? null : found;
  }
}
