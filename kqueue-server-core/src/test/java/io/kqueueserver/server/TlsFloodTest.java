package io.kqueueserver.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.build.TlsFixture;
import io.kqueueserver.net.tls.TlsOptions;
import io.kqueueserver.net.tls.TlsProfile;
import io.kqueueserver.stats.Limit;
import io.kqueueserver.stats.TlsFailure;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A flood of ClientHellos. {@code -Dkqueue.flood.hellos=10000} makes it larger. */
@Timeout(120)
class TlsFloodTest {
  private static final int HELLOS = Integer.getInteger("kqueue.flood.hellos", 1_000);
  private static final int MAX_HANDSHAKES = 16;

  /** A third of these stays without a further byte: more than may be in a handshake. */
  private static final int MOST_OPEN = 6 * MAX_HANDSHAKES;

  @RegisterExtension
  final ServerExtension server =
      ServerExtension.with(
              builder -> {
                TlsProfile profile = TlsProfile.of(TlsFixture.server());
                builder.loops(1).tls(TlsOptions.of(profile).maxHandshakes(MAX_HANDSHAKES));
              })
          .on("/a", exchange -> ServerExtension.answer(exchange, 200, "alpha"));

  @Test
  void clientsThatAreConnectedGoOnAndAfterItNewOnesConnect() {
    List<WirePeer> good = Stream.generate(this::client).limit(4).toList();
    good.forEach(TlsFloodTest::assertServed);
    byte[] hello = RawHello.jdk();
    Deque<WirePeer> open = new ArrayDeque<>();
    for (int i = 0; i < HELLOS; i++) {
      flood(hello, i % 3, open);
      if (i % 100 == 0) {
        good.forEach(TlsFloodTest::assertServed);
      }
    }
    await().until(() -> server.limitHits(Limit.TLS_HANDSHAKES) > 0);
    open.forEach(WirePeer::close);
    await().until(() -> server.server().connections() == good.size());
    assertThat(server.sum(stats -> stats.tls.handshaking)).isZero();
    assertThat(server.sum(stats -> stats.tls.failures(TlsFailure.PEER_GONE))).isPositive();
    good.forEach(TlsFloodTest::assertServed);
    assertServed(client());
  }

  /** A ClientHello of a client that resets, ends its side, or stays for a while. */
  private void flood(byte[] hello, int kind, Deque<WirePeer> open) {
    WirePeer peer = WirePeer.connect(server.port());
    try {
      peer.send(hello);
      switch (kind) {
        case 0 -> peer.reset();
        case 1 -> peer.shutdownOutput();
        default -> {}
      }
    } catch (UncheckedIOException e) {
      // refused, and the reset was faster
    }
    open.add(peer);
    if (open.size() > MOST_OPEN) {
      open.remove().close();
    }
  }

  private WirePeer client() {
    return server.connect(TlsFixture.client());
  }

  private static void assertServed(WirePeer peer) {
    assertThat(peer.get("/a").response().body()).isEqualTo("alpha");
  }
}
