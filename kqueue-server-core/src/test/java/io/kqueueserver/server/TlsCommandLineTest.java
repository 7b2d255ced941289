package io.kqueueserver.server;

import static io.kqueueserver.server.ServerExtension.answer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.kqueueserver.build.TlsFixture;
import io.kqueueserver.net.tls.ClientAuth;
import io.kqueueserver.net.tls.TlsOptions;
import io.kqueueserver.net.tls.TlsProfile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** TLS as clients see it that share no code with the JDK: OpenSSL and curl. */
class TlsCommandLineTest {
  private static final String REQUEST = "GET /a HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n";

  @RegisterExtension
  final ServerExtension server = ServerExtension.with(builder -> builder.tls(TlsFixture.server()));

  @TempDir Path directory;

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
  void opensslIsRefusedWhatIsTooOld() throws Exception {
    assertThat(openssl("-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"))
        .doesNotContain("answered")
        .contains("alert protocol version");
    assertThat(openssl("-tls1_2", "-cipher", "AES128-SHA:NULL@SECLEVEL=0"))
        .doesNotContain("answered")
        .contains("alert handshake failure");
  }

  @Test
  void opensslResumesItsSessions() throws Exception {
    for (String version : List.of("-tls1_2", "-tls1_3")) {
      String session = directory.resolve("session" + version).toString();
      assertThat(openssl(version, "-sess_out", session)).contains("answered", "New, TLSv1");
      assertThat(openssl(version, "-sess_in", session)).contains("answered", "Reused, TLSv1");
    }
    assertThat(server.sum(stats -> stats.tls.resumed)).isEqualTo(2);
  }

  @Test
  void opensslShowsACertificateWhereOneIsNeeded() throws Exception {
    server.restart(
        builder ->
            builder.tls(
                TlsOptions.of(new TlsProfile(TlsFixture.server(), ClientAuth.NEED, null, null))));

    assertThat(openssl()).doesNotContain("answered");
    assertThat(openssl("-cert", file("client.pem"), "-key", file("client.key")))
        .contains("answered");
  }

  @Test
  void curlAndPlainCurl() throws Exception {
    require("curl");
    String at = "localhost:" + server.port() + "/a";
    assertThat(run("", "curl", "-sv", "--http1.1", "--cacert", file("ca.pem"), "https://" + at))
        .contains("answered", "ALPN")
        .doesNotContain("missing close_notify", "unexpected eof");
    assertThat(run("", "curl", "-s", "http://" + at)).contains("This port speaks TLS");
  }

  private String openssl(String... options) throws Exception {
    require("openssl");
    List<String> command = new ArrayList<>(List.of("openssl", "s_client", "-ign_eof"));
    command.addAll(List.of("-connect", "127.0.0.1:" + server.port()));
    command.addAll(List.of("-servername", "localhost", "-CAfile", file("ca.pem")));
    command.addAll(List.of(options));
    return run(REQUEST, command.toArray(String[]::new));
  }

  private static String file(String name) {
    return TlsFixture.file(name).toString();
  }

  private static void require(String tool) {
    boolean found = false;
    for (String folder : System.getenv("PATH").split(":", -1)) {
      found |= Files.isExecutable(Path.of(folder, tool));
    }
    assumeTrue(found, tool + " is not installed");
  }

  private static String run(String input, String... command)
      throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try {
      process.getOutputStream().write(input.getBytes(StandardCharsets.US_ASCII));
      process.getOutputStream().close();
      return new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    } finally {
      process.destroyForcibly().waitFor();
    }
  }
}
