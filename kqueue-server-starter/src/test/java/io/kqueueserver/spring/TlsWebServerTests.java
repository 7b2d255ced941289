package io.kqueueserver.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kqueueserver.build.TlsFixture;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.boot.ssl.DefaultSslBundleRegistry;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.jks.JksSslStoreBundle;
import org.springframework.boot.ssl.jks.JksSslStoreDetails;
import org.springframework.boot.web.server.Ssl;
import org.springframework.boot.web.server.Ssl.ServerNameSslBundle;
import org.springframework.boot.web.server.WebServer;
import reactor.core.publisher.Mono;

/** The factory and its server with keys, without an application around them. */
class TlsWebServerTests {
  @RegisterExtension final WebServerExtension servers = new WebServerExtension();

  private static KqueueReactiveWebServerFactory factory(String alias) {
    Ssl ssl = new Ssl();
    ssl.setKeyStore("classpath:tls/server.p12");
    ssl.setKeyStorePassword("changeit");
    ssl.setKeyAlias(alias);
    KqueueReactiveWebServerFactory factory = new KqueueReactiveWebServerFactory(0);
    factory.setSsl(ssl);
    return factory;
  }

  @Test
  void saysHttpsAndServesItAgainAfterAStop() throws Exception {
    KqueueWebServer server =
        (KqueueWebServer) servers.start(factory("server"), (request, response) -> Mono.empty());
    assertThat(server.getStartedLogMessage())
        .startsWith("Kqueue started on port " + server.getPort() + " (https)");
    assertThat(TlsFixture.serverSeen(server.getPort())).isEqualTo("CN=localhost");

    server.stop();
    server.start();

    assertThat(TlsFixture.serverSeen(server.getPort())).isEqualTo("CN=localhost");
    server.stop();
    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .noneMatch(name -> name.contains("-tls-"));
  }

  @Test
  void whatIsWrongWithTheKeysIsThrownAsItIs() {
    KqueueReactiveWebServerFactory factory = factory("absent");

    assertThatThrownBy(() -> factory.getWebServer((request, response) -> Mono.empty()))
        .isExactlyInstanceOf(IllegalStateException.class)
        .hasMessage("Keystore does not contain alias 'absent'");
  }

  @Test
  void bundlesOfServerNamesAreFollowedAndKeepTheirClientAuth() throws Exception {
    DefaultSslBundleRegistry bundles = new DefaultSslBundleRegistry();
    bundles.registerBundle("usual", bundle("server"));
    bundles.registerBundle("shop", bundle("shop"));
    Ssl ssl = Ssl.forBundle("usual");
    ssl.setClientAuth(Ssl.ClientAuth.NEED);
    ssl.setServerNameBundles(List.of(new ServerNameSslBundle("www.shop.example", "shop")));
    KqueueReactiveWebServerFactory factory = new KqueueReactiveWebServerFactory(0);
    factory.setSsl(ssl);
    factory.setSslBundles(bundles);
    WebServer server = servers.start(factory, (request, response) -> Mono.empty());
    server.stop();
    server.start();
    int port = server.getPort();
    assertThat(shown(port, "www.shop.example")).isEqualTo("CN=shop.example");

    try (LogLines log = new LogLines(SslBundleTls.class)) {
      bundles.updateBundle("shop", bundle("server"));
      assertThat(shown(port, "www.shop.example")).isEqualTo("CN=localhost");
      bundles.updateBundle("usual", bundle("shop"));
      assertThat(shown(port, "other.example")).isEqualTo("CN=shop.example");
      assertThat(served(TlsFixture.client(), port)).as("without a certificate").isFalse();

      bundles.updateBundle("shop", bundle("absent"));

      assertThat(shown(port, "www.shop.example")).isEqualTo("CN=localhost");
      // Once a bundle, though the server was started twice.
      assertThat(log.lines())
          .containsExactly(
              "SSL bundle 'shop' was updated: new handshakes use it",
              "SSL bundle 'usual' was updated: new handshakes use it",
              "SSL bundle 'shop' was updated and cannot be used; the one before it stays");
    }
  }

  private static SslBundle bundle(String keys) {
    return SslBundle.of(
        new JksSslStoreBundle(
            new JksSslStoreDetails("PKCS12", null, "classpath:tls/" + keys + ".p12", "changeit"),
            new JksSslStoreDetails("PKCS12", null, "classpath:tls/trust.p12", "changeit")));
  }

  private static String shown(int port, String name) throws Exception {
    try (SSLSocket socket = TlsFixture.connect(TlsFixture.clientWithCertificate(), port)) {
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setServerNames(List.of(new SNIHostName(name)));
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      return ((X509Certificate) socket.getSession().getPeerCertificates()[0])
          .getSubjectX500Principal()
          .getName();
    }
  }

  /** With TLS 1.3 a client learns of its refusal only when it reads. */
  private static boolean served(SSLContext client, int port) {
    try (SSLSocket socket = TlsFixture.connect(client, port)) {
      socket
          .getOutputStream()
          .write("GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      return socket.getInputStream().read() == 'H';
    } catch (IOException e) {
      return false;
    }
  }
}
