package io.kqueueserver.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kqueueserver.ffi.Abi;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SocketAddressesTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "darwin-aarch64",
        "freebsd-x86_64",
        "netbsd-x86_64",
        "openbsd-x86_64",
        "dragonfly-x86_64",
        "linux-x86_64",
        "linux-aarch64"
      })
  void whatIsEncodedComesBack(String name) throws Exception {
    Abi abi = Abi.named(name);
    for (String host : new String[] {"192.0.2.1", "0.0.0.0", "::", "2001:db8::1:2"}) {
      InetAddress address = InetAddress.getByName(host);
      byte[] sockaddr = SocketAddresses.encode(abi, address, 50_000);
      assertThat(SocketAddresses.decode(abi, sockaddr))
          .isEqualTo(new InetSocketAddress(address, 50_000));
    }
    Inet6Address scoped =
        Inet6Address.getByAddress(null, InetAddress.getByName("fe80::1").getAddress(), 7);
    InetSocketAddress back = SocketAddresses.decode(abi, SocketAddresses.encode(abi, scoped, 1));
    assertThat(((Inet6Address) back.getAddress()).getScopeId()).isEqualTo(7);
  }

  @Test
  void bsdLeadsWithLengthAndFamilyByte() throws Exception {
    byte[] bsd =
        SocketAddresses.encode(
            Abi.named("freebsd-x86_64"), InetAddress.getByName("192.0.2.1"), 0x1F90);
    assertThat(bsd).containsExactly(16, 2, 0x1F, 0x90, 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0);
    byte[] linux =
        SocketAddresses.encode(
            Abi.named("linux-x86_64"), InetAddress.getByName("192.0.2.1"), 0x1F90);
    assertThat(linux).containsExactly(2, 0, 0x1F, 0x90, 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0);
    byte[] six =
        SocketAddresses.encode(Abi.named("netbsd-x86_64"), InetAddress.getByName("::1"), 1);
    assertThat(six).hasSize(28).startsWith(28, 24);
  }

  @Test
  void anIpv6NetworkIsTheFirst64BitsAndAMappedAddressIsItsIpv4Network() throws Exception {
    assertThat(network("2001:db8:1:2::1")).isEqualTo(network("2001:db8:1:2:ffff::9"));
    assertThat(network("2001:db8:1:2::1")).isNotEqualTo(network("2001:db8:1:3::1"));
    assertThat(network("192.0.2.1")).isNotEqualTo(network("192.0.2.2"));
    assertThat(network("192.0.2.1")).isNotEqualTo(network("0:0:c000:201::1"));
    assertThat(network("255.255.255.255")).isNotEqualTo(SocketAddresses.NO_NETWORK);
    Abi abi = Abi.named("linux-x86_64");
    byte[] mapped = new byte[28];
    mapped[0] = 10;
    mapped[18] = mapped[19] = -1;
    mapped[20] = (byte) 192;
    mapped[22] = 2;
    mapped[23] = 1;
    assertThat(SocketAddresses.network(abi, mapped)).isEqualTo(network("192.0.2.1"));
    assertThat(SocketAddresses.network(abi, SocketAddresses.unnamedUnix(abi)))
        .isEqualTo(SocketAddresses.NO_NETWORK);
  }

  private static long network(String address) throws Exception {
    Abi abi = Abi.named("linux-x86_64");
    return SocketAddresses.network(
        abi, SocketAddresses.encode(abi, InetAddress.getByName(address), 1));
  }

  @Test
  void mappedAddressesComeOutAsIpv4() {
    Abi abi = Abi.named("darwin-x86_64");
    byte[] sockaddr = new byte[28];
    sockaddr[0] = 28;
    sockaddr[1] = 30;
    sockaddr[3] = 80;
    sockaddr[18] = sockaddr[19] = (byte) 0xff;
    sockaddr[20] = 10;
    sockaddr[23] = 1;
    InetSocketAddress address = SocketAddresses.decode(abi, sockaddr);
    assertThat(address.getAddress()).isInstanceOf(Inet4Address.class);
    assertThat(address.getHostString()).isEqualTo("10.0.0.1");
    assertThat(address.getPort()).isEqualTo(80);
  }

  @Test
  void othersAreRefused() {
    Abi abi = Abi.named("linux-x86_64");
    assertThatThrownBy(() -> SocketAddresses.decode(abi, new byte[] {16, 0, 0, 0}))
        .hasMessage("sockaddr of address family 16");
    assertThatThrownBy(() -> SocketAddresses.decode(abi, new byte[] {2, 0, 0, 0}))
        .hasMessage("sockaddr of 4 bytes");
    assertThatThrownBy(() -> SocketAddresses.decode(abi, new byte[1]))
        .hasMessage("sockaddr of 1 bytes");
  }

  @ParameterizedTest
  @ValueSource(strings = {"linux-x86_64", "darwin-aarch64"})
  void anAddressThatIsMissingIsNoneOfThisMachine(String system) {
    Abi abi = Abi.named(system);
    assertThatThrownBy(() -> SocketAddresses.decode(abi, new byte[0]))
        .hasMessage("sockaddr of 0 bytes");
    assertThatThrownBy(() -> SocketAddresses.isUnix(abi, new byte[0]))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> SocketAddresses.decode(abi, new byte[128]))
        .hasMessage("sockaddr of address family 0");
    assertThat(SocketAddresses.decode(abi, SocketAddresses.unnamedUnix(abi)))
        .hasToString("/127.0.0.1:0");
  }

  @Test
  void aUnixSocketIsOfThisMachineAndHasAPathOrNone() {
    for (String system : new String[] {"linux-x86_64", "darwin-aarch64"}) {
      Abi abi = Abi.named(system);
      byte[] unnamed = new byte[2];
      unnamed[abi.constant("sockaddr.sa_family.offset")] = 1;
      byte[] named = {unnamed[0], unnamed[1], '/', 'a', 0, 'x'};
      for (byte[] sockaddr : new byte[][] {unnamed, named}) {
        assertThat(SocketAddresses.decode(abi, sockaddr)).hasToString("/127.0.0.1:0");
      }
      assertThat(SocketAddresses.unixPath(abi, named)).isEqualTo("/a");
      assertThat(SocketAddresses.unixPath(abi, unnamed)).isEmpty();
      assertThat(SocketAddresses.unixPath(abi, new byte[0])).isEmpty();
    }
  }
}
