package io.kqueueserver.ip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IpRangesTest {
  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/8,        10.255.255.255, true",
    "10.0.0.0/8,        11.0.0.0,       false",
    "172.16.0.0/12,     172.31.255.255, true",
    "172.16.0.0/12,     172.32.0.0,     false",
    "192.0.2.1,         192.0.2.1,      true",
    "192.0.2.1,         192.0.2.2,      false",
    "0.0.0.0/0,         192.0.2.2,      true",
    "0.0.0.0/0,         ::1,            false",
    "::/0,              ::1,            true",
    "::/0,              192.0.2.2,      false",
    "fc00::/7,          fdff::1,        true",
    "fc00::/7,          fe00::1,        false",
    "2001:db8::/33,     2001:db8:7fff::, true",
    "2001:db8::/33,     2001:db8:8000::, false",
    "::ffff:10.0.0.0/104, 10.1.2.3,     true",
    "::ffff:10.0.0.0/104, 11.1.2.3,     false",
  })
  void aRangeHoldsTheAddressesWithItsFirstBits(String range, String address, boolean inside) {
    assertThat(IpRanges.of(List.of(" " + range)).contains(IpLiteral.parse(address)))
        .isEqualTo(inside);
  }

  @Test
  void aMappedPeerIsInAnIpv4Range() throws Exception {
    byte[] mapped = new byte[16];
    mapped[10] = mapped[11] = -1;
    mapped[12] = 10;
    assertThat(IpRange.parse("10.0.0.0/8").contains(mapped)).isTrue();
  }

  @Test
  void aNameIsInNoRange() {
    assertThat(
            IpRanges.of(IpRanges.PRIVATE)
                .contains(InetSocketAddress.createUnresolved("localhost", 1)))
        .isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "proxy.example.com",
        "10.0.0.0/33",
        "10.0.0.0/",
        "10.0.0.0/-1",
        "10.0.0.0/x",
        "10.1.0.0/8",
        "10.0.0",
        "10.0.0.0.0",
        "::1/129",
        ":::",
        "1::2::3",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "12345::",
        "1.2.3.4::",
        "::1.2.3",
        "::1%eth0",
        "fe80::1/10",
        "g::",
        ":1",
        "1:"
      })
  void aMalformedRangeIsNamed(String range) {
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> IpRange.parse(range))
        .withMessageContaining("'" + range + "'");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1:2:3:4:5:6:7:8",
        "::",
        "::1",
        "1::",
        "1::8",
        "::1.2.3.4",
        "1:2:3:4:5:6:1.2.3.4",
        "A:b::"
      })
  void ipv6IsReadAsTheJdkReadsIt(String text) throws Exception {
    assertThat(IpLiteral.parse(text)).isEqualTo(InetAddress.getByName(text));
  }
}
