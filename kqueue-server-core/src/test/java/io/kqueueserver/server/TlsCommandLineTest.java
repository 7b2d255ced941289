package io.kqueueserver.server;

import static io.kqueueserver.server.ServerExtension.answer;
import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.build.TlsFixture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** TLS as clients see it that share no code with the JDK: OpenSSL and curl. */
class TlsCommandLineTest {
  @RegisterExtension
  final ServerExtension server = ServerExtension.with(builder -> builder.tls(TlsFixture.server()));

  @BeforeEach
  void handler() {
    server.on("/a", exchange -> answer(exchange, 200, "answered"));
  }

  @Test
  void opensslAgreesOnProtocolCipherAndAlpn() throws Exception {
    assertThat(openssl("-tls1_3", "-alpn", "h2,http/1.1"))
        .contains("answered", "New, TLSv1.3, Cipher is TLS_AES_", "ALPN protocol: http/1.1")
        .contains("Verify return code: 0 (ok)", "Secure Renegotiation IS NOT supported");
    assertThat(openssl("-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"))
        .contains("answered", "New, TLSv1.2, Cipher is ECDHE-ECDSA-AES128-GCM-SHA256")
        .contains("Secure Renegotiation IS supported", "Extended master secret: yes")
        .doesNotContain("unexpected eof"); // what OpenSSL says where close_notify is missing
  }

  @Test
  void curlAndPlainCurl() throws Exception {
    OpenSsl.require("curl");
    String at = "localhost:" + server.port() + "/a";
    assertThat(
            OpenSsl.run(
                "", "curl", "-sv", "--http1.1", "--cacert", file("ca.pem"), "https://" + at))
        .contains("answered", "ALPN")
        .doesNotContain("missing close_notify", "unexpected eof");
    assertThat(OpenSsl.run("", "curl", "-s", "http://" + at)).contains("This port speaks TLS");
  }

  private String openssl(String... options) throws Exception {
    return OpenSsl.client(server.port(), "localhost", options);
  }

  private static String file(String name) {
    return TlsFixture.file(name).toString();
  }
}
