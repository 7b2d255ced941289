package io.kqueueserver.server.h2;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.jsse.provider.BouncyCastleJsseProvider;
import org.junit.jupiter.api.Test;

/** The rule for cipher suites of TLS 1.2, beside the list of RFC 9113 appendix A. */
class TlsSuitesTest {
  /** Of TLS 1.3, that of the JDK for renegotiation, and two that say what they are not. */
  private static boolean isOfTls12(String suite) {
    return suite.contains("_WITH_");
  }

  private static Set<String> appendix() throws Exception {
    try (InputStream in = TlsSuitesTest.class.getResourceAsStream("rfc9113-appendix-a.txt")) {
      String text = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
      return text.lines().collect(Collectors.toSet());
    }
  }

  @Test
  void noSuiteOfTheAppendixIsGoodEnough() throws Exception {
    assertThat(appendix()).hasSize(276).noneMatch(TlsSuites::isAdequate);
  }

  /** The appendix has the registered names; engines call old suites SSL_. */
  @Test
  void everySuiteOfEnginesThatIsNotInTheAppendixIsGoodEnough() throws Exception {
    SSLContext bouncyCastle =
        SSLContext.getInstance("TLS", new BouncyCastleJsseProvider(new BouncyCastleProvider()));
    bouncyCastle.init(null, null, null);
    Set<String> appendix = appendix();
    assertThat(
            Stream.of(SSLContext.getDefault(), bouncyCastle)
                .flatMap(c -> Stream.of(c.getSupportedSSLParameters().getCipherSuites()))
                .map(suite -> suite.replaceFirst("^SSL_", "TLS_"))
                .filter(TlsSuitesTest::isOfTls12)
                .filter(suite -> !appendix.contains(suite)))
        .hasSizeGreaterThan(10)
        .allMatch(TlsSuites::isAdequate);
  }
}
