package io.kqueueserver.ip;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IpTextTest {
  @ParameterizedTest
  @CsvSource({
    "192.0.2.1,               192.0.2.1",
    "0:0:0:0:0:0:0:0,         ::",
    "0:0:0:0:0:0:0:1,         ::1",
    "1:0:0:0:0:0:0:0,         1::",
    "2001:DB8:0:0:0:0:0:1,    2001:db8::1",
    "2001:0db8:0000:0000:0000:0000:000a:0b00, 2001:db8::a:b00",
    "2001:db8:0:1:1:1:1:1,    2001:db8:0:1:1:1:1:1",
    "2001:0:0:1:0:0:0:1,      2001:0:0:1::1",
    "2001:db8:0:0:1:0:0:1,    2001:db8::1:0:0:1",
    "0:1:2:3:4:5:6:7,         0:1:2:3:4:5:6:7",
    "1:2:3:4:5:6:0:0,         1:2:3:4:5:6::",
    "0:0:3:4:5:6:7:8,         ::3:4:5:6:7:8",
    "::ffff:192.0.2.1,        192.0.2.1",
  })
  void anAddressHasTheOneTextOfRfc5952(String sent, String text) {
    InetAddress address = Objects.requireNonNull(IpLiteral.parse(sent));
    assertThat(IpText.of(address)).isEqualTo(text);
    assertThat(IpLiteral.parse(text)).isEqualTo(address);
  }

  @Test
  void aZoneStaysAndAPortGetsBrackets() throws Exception {
    byte[] link = Objects.requireNonNull(IpLiteral.bytes("fe80::1"));
    Inet6Address zoned = Inet6Address.getByAddress(null, link, 2);
    assertThat(IpText.of(zoned)).startsWith("fe80::1%");
    assertThat(IpText.of(InetAddress.getByAddress(link), 80)).isEqualTo("[fe80::1]:80");
    assertThat(IpText.of(new InetSocketAddress(InetAddress.getByAddress("name", new byte[4]), 80)))
        .isEqualTo("0.0.0.0:80");
    assertThat(IpText.of(InetSocketAddress.createUnresolved("_hidden", 0))).isEqualTo("_hidden:0");
  }
}
