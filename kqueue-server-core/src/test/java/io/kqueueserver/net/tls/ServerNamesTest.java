package io.kqueueserver.net.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Map;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;

class ServerNamesTest {
  private final TlsProfile other = profile();
  private final TlsProfile exact = profile();
  private final TlsProfile wildcard = profile();
  private final TlsOptions options =
      new TlsOptions(
          () -> other,
          Map.of("WWW.Shop.example.", () -> exact, "*.shop.example", () -> wildcard),
          Duration.ofSeconds(1),
          1);

  @Test
  void aWholeNameComesBeforeAWildcard() {
    assertThat(ServerNames.choose(options, "www.shop.example")).isSameAs(exact);
    assertThat(ServerNames.choose(options, "api.shop.example")).isSameAs(wildcard);
  }

  @Test
  void aWildcardIsOneLabel() {
    assertThat(ServerNames.choose(options, "a.b.shop.example")).isSameAs(other);
    assertThat(ServerNames.choose(options, "shop.example")).isSameAs(other);
  }

  @Test
  void whoNamesNoServerOrAnUnknownOneGetsTheDefault() {
    assertThat(ServerNames.choose(options, null)).isSameAs(other);
    assertThat(ServerNames.choose(options, "elsewhere.example")).isSameAs(other);
    assertThat(ServerNames.choose(options, ".shop.example")).isSameAs(other);
  }

  @Test
  void optionsOutOfBoundsAreNamed() {
    TlsOptions good = TlsOptions.of(other);
    assertThatThrownBy(() -> good.handshakeTimeout(Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("tls.handshake-timeout");
    assertThatThrownBy(() -> good.maxHandshakes(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("tls.max-handshakes");
  }

  private static TlsProfile profile() {
    try {
      return TlsProfile.of(SSLContext.getInstance("TLS"));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }
}
