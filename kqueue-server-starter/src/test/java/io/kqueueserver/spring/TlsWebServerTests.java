package io.kqueueserver.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kqueueserver.build.TlsFixture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.boot.web.server.Ssl;
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
}
