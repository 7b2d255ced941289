package io.kqueueserver.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.KqueueServerBuilder;
import io.kqueueserver.RunningServer;
import io.kqueueserver.build.TlsFixture;
import io.kqueueserver.ip.IpRanges;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.Limit;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ConnectionsPerAddressTest {
  private static final int MAX = 2;
  private static final byte[] HELLO = RawHello.jdk();

  @TempDir private Path folder;

  @RegisterExtension
  final ServerExtension server =
      ServerExtension.with(builder -> limit(builder, IpRanges.of(List.of())))
          .on("/", exchange -> ServerExtension.answer(exchange, 200, "served"));

  private static void limit(KqueueServerBuilder builder, IpRanges forwarders) {
    builder.admission(Admission.DEFAULTS.maxConnectionsPerAddress(MAX).forwarders(forwarders));
  }

  private void assertServed(WirePeer peer) {
    assertThat(peer.get("/").response().body()).isEqualTo("served");
  }

  private void assertRefused(WirePeer peer) {
    assertThat(peer.isClosedByServer()).isTrue();
    assertThat(server.limitHits(Limit.CONNECTIONS_PER_ADDRESS)).isPositive();
  }

  private int addresses() {
    RunningServer running = server.server().running();
    return Objects.requireNonNull(running).addresses();
  }

  @Test
  void aConnectionAboveTheMaximumIsResetAndAPlaceIsFreeWhenOneCloses() {
    WirePeer first = server.connect();
    assertServed(first);
    assertServed(server.connect());
    assertRefused(server.connect());
    assertThat(server.closed(CloseReason.ADDRESS_LIMIT)).isEqualTo(1);
    assertThat(addresses()).isEqualTo(1);
    first.close();
    await().until(() -> server.server().connections() == 1);
    assertServed(server.connect());
  }

  @Test
  void withoutALimitOrBelowItNothingIsRefused() {
    server.restart(builder -> builder.admission(Admission.DEFAULTS));
    for (int i = 0; i < 5; i++) {
      assertServed(server.connect());
    }
    assertThat(addresses()).isZero();
  }

  @Test
  void anAddressThatIsPrivateCountsUnlessItIsAProxys() {
    server.restart(builder -> limit(builder, IpRanges.of(IpRanges.PRIVATE)));
    for (int i = 0; i < MAX + 2; i++) {
      assertServed(server.connect());
    }
    assertThat(addresses()).isZero();
  }

  @Test
  void theRefusalComesBeforeTls() {
    server.restart(builder -> builder.tls(TlsFixture.server()));
    for (int i = 0; i < MAX; i++) {
      assertServed(server.connect(TlsFixture.client()));
    }
    WirePeer refused = server.connect();
    try {
      refused.send(HELLO);
    } catch (UncheckedIOException e) {
      // the reset was faster
    }
    assertThat(refused.isClosedByServer()).isTrue();
    assertThat(server.closed(CloseReason.ADDRESS_LIMIT)).isEqualTo(1);
    assertThat(server.sum(stats -> stats.tls.handshake.snapshot().count())).isEqualTo(MAX);
  }

  @Test
  void peersOfAUnixSocketAreExempt() throws Exception {
    Path path = folder.resolve("s");
    server.restart(builder -> builder.unixSocket(path));
    List<SocketChannel> clients = new ArrayList<>();
    for (int i = 0; i < MAX + 2; i++) {
      SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX);
      clients.add(client);
      client.connect(UnixDomainSocketAddress.of(path));
    }
    await().until(() -> server.server().connections() == MAX + 2);
    assertThat(addresses()).isZero();
    for (SocketChannel client : clients) {
      client.close();
    }
  }

  // ---- behind the PROXY protocol

  private WirePeer from(String source) {
    String family = source.contains(":") ? "TCP6" : "TCP4";
    String destination = source.contains(":") ? "::1" : "127.0.0.1";
    return server.connect().send("PROXY " + family + " " + source + " " + destination + " 1 2\r\n");
  }

  private void proxy(ProxyProtocol protocol) {
    server.restart(builder -> builder.proxyProtocol(protocol));
  }

  @Test
  void theSourceOfThePROXYHeaderCountsAndNotTheProxy() {
    proxy(ProxyProtocol.ON);
    for (String client : List.of("192.0.2.1", "192.0.2.2", "2001:db8::1", "10.0.0.1")) {
      assertServed(from(client));
      assertServed(from(client));
      assertRefused(from(client));
    }
    assertThat(addresses()).isEqualTo(4);
    assertThat(server.closed(CloseReason.ADDRESS_LIMIT)).isEqualTo(4);
  }

  @Test
  void ipv6CountsByItsFirst64BitsAndMappedIpv4AsIpv4() {
    proxy(ProxyProtocol.ON);
    assertServed(from("2001:db8::1"));
    assertServed(from("2001:db8::2:0:0:9"));
    assertRefused(from("2001:db8::3"));
    assertServed(from("2001:db8:0:1::1"));
    assertServed(from("192.0.2.1"));
    assertServed(from("::ffff:192.0.2.1"));
    assertRefused(from("192.0.2.1"));
  }

  @Test
  void connectionsOfAProxyThatNameNoClientAreExempt() {
    proxy(ProxyProtocol.ON);
    for (int i = 0; i < MAX + 2; i++) {
      assertServed(server.connect().send("PROXY UNKNOWN\r\n"));
    }
    assertThat(addresses()).isZero();
  }

  @Test
  void connectionsOfAProxyWhoseHeaderIsAwaitedAreExempt() {
    proxy(ProxyProtocol.ON);
    List<WirePeer> peers = new ArrayList<>();
    for (int i = 0; i < MAX + 2; i++) {
      peers.add(server.connect());
    }
    for (int i = 0; i < peers.size(); i++) {
      assertServed(peers.get(i).send("PROXY TCP4 192.0.2." + i + " 127.0.0.1 1 2\r\n"));
    }
    assertThat(addresses()).isEqualTo(peers.size());
  }

  @Test
  void theSourceOfAHeaderOnAUnixSocketCounts() throws Exception {
    Path path = folder.resolve("s");
    server.restart(builder -> builder.unixSocket(path).proxyProtocol(ProxyProtocol.ON));
    List<SocketChannel> clients = new ArrayList<>();
    for (int i = 0; i < MAX + 1; i++) {
      SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX);
      clients.add(client);
      client.connect(UnixDomainSocketAddress.of(path));
      client.write(StandardCharsets.US_ASCII.encode("PROXY TCP4 192.0.2.1 127.0.0.1 1 2\r\nG"));
    }
    await().until(() -> server.closed(CloseReason.ADDRESS_LIMIT) == 1);
    assertThat(addresses()).isEqualTo(1);
    for (SocketChannel client : clients) {
      client.close();
    }
  }

  @Test
  void aTrustedAddressWithoutAHeaderIsAClient() {
    proxy(ProxyProtocol.AUTO);
    assertServed(server.connect());
    assertServed(server.connect());
    assertRefused(server.connect().send("GET"));
  }

  @Test
  void aSourceThatForwardsIsExempt() {
    server.restart(
        builder -> {
          limit(builder, IpRanges.of(List.of("192.0.2.0/24")));
          builder.proxyProtocol(ProxyProtocol.ON);
        });
    for (int i = 0; i < MAX + 2; i++) {
      assertServed(from("192.0.2.1"));
    }
    assertThat(addresses()).isZero();
  }

  // ---- whatever way a connection ends

  @Test
  void nothingIsCountedAfterConnectionsHaveEndedInAnyWay() {
    server.restart(
        builder -> {
          builder.proxyProtocol(ProxyProtocol.AUTO).loops(4);
          builder.tls(TlsFixture.server());
        });
    Random random = new Random(23);
    List<WirePeer> open = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      WirePeer peer = server.connect();
      open.add(peer);
      tryToSend(peer, beginning(random));
      if (open.size() > 20) {
        end(open.remove(random.nextInt(open.size())), random);
      }
    }
    open.forEach(peer -> end(peer, random));
    await().until(() -> server.server().connections() == 0);
    assertThat(addresses()).isZero();
    assertThat(server.limitHits(Limit.CONNECTIONS_PER_ADDRESS)).isPositive();
  }

  private static String beginning(Random random) {
    String header = "PROXY TCP4 192.0.2." + random.nextInt(9) + " 127.0.0.1 1 2\r\n";
    return switch (random.nextInt(6)) {
      case 0 -> "";
      case 1 -> "PRO";
      case 2 -> "PROXY nonsense\r\n";
      case 3 -> header;
      case 4 -> header + "GET / HTTP/1.1\r\n\r\n";
      default -> header + new String(HELLO, StandardCharsets.ISO_8859_1);
    };
  }

  /** Sends to a peer that may have been reset. */
  private static void tryToSend(WirePeer peer, String text) {
    try {
      peer.send(text);
    } catch (UncheckedIOException e) {
      peer.close();
    }
  }

  private static void end(WirePeer peer, Random random) {
    if (random.nextBoolean() && !peer.socket.isClosed()) {
      peer.reset();
    } else {
      peer.close();
    }
  }

  @Test
  void nothingIsCountedAfterADrainOfIdleConnectionsAndOfAwaitedHeaders() {
    proxy(ProxyProtocol.AUTO);
    assertServed(server.connect());
    server.connect().send("PRO");
    from("192.0.2.1");
    await().until(() -> addresses() == 2);
    RunningServer running = Objects.requireNonNull(server.server().running());
    server.server().drain(() -> {});
    await().until(() -> running.connections() == 0);
    assertThat(running.addresses()).isZero();
  }

  @Test
  void nothingIsCountedAfterAStopWithOpenConnections() {
    assertServed(server.connect());
    RunningServer running = Objects.requireNonNull(server.server().running());
    server.server().stop();
    assertThat(running.addresses()).isZero();
  }
}
