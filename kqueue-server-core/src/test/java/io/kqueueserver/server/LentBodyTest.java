package io.kqueueserver.server;

import static io.kqueueserver.server.ServerExtension.answer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.build.TlsFixture;
import io.kqueueserver.http.BodyPiece;
import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeListener;
import io.kqueueserver.http.Headers;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Large pieces of bodies, which stay where they were read. */
@Timeout(60)
class LentBodyTest {
  private static final int LENGTH = 2_000_000;

  @RegisterExtension
  final ServerExtension server = ServerExtension.with(builder -> builder.loops(1));

  private final AtomicInteger lent = new AtomicInteger();

  @BeforeEach
  void serve() {
    server.on("/relay", exchange -> Relay.begin(exchange, lent));
  }

  private WirePeer connect(boolean tls) {
    return tls
        ? WirePeer.on(TlsFixture.connect(TlsFixture.client(), server.port()))
        : server.connect();
  }

  private static byte[] random(long seed) {
    byte[] bytes = new byte[LENGTH];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private static void post(WirePeer peer, String path, byte[] body) {
    peer.send(
        "POST " + path + " HTTP/1.1\r\nHost: t\r\nContent-Length: " + body.length + "\r\n\r\n");
    peer.send(body);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aBodyIsRelayedFromWhereItWasRead(boolean tls) throws Exception {
    if (tls) {
      server.restart(builder -> builder.loops(1).tls(TlsFixture.server()));
      serve();
    }
    byte[] body = random(1);
    for (int i = 0; i < 3; i++) {
      try (WirePeer peer = connect(tls)) {
        Thread sender = new Thread(() -> post(peer, "/relay", body));
        sender.start();
        assertThat(peer.response().body().getBytes(StandardCharsets.ISO_8859_1)).isEqualTo(body);
        sender.join();
      }
    }
    assertThat(lent).hasPositiveValue();
    await("all memory is back").until(() -> server.sum(stats -> stats.lentToRequests.get()) == 0);
  }

  /** Each write is cut short somewhere: in a frame, in lent memory, in what was copied. */
  @Test
  void aClientThatReadsSlowlyGetsEveryByte() throws Exception {
    byte[] body = random(2);
    try (WirePeer peer = connect(false)) {
      peer.socket.setReceiveBufferSize(48 * 1024); // far less, and the kernel waits for timers
      Thread sender = new Thread(() -> post(peer, "/relay", body));
      sender.start();
      assertThat(peer.response().body().getBytes(StandardCharsets.ISO_8859_1)).isEqualTo(body);
      sender.join();
    }
    assertThat(lent).hasPositiveValue();
  }

  /** The rest of each read waits for demand, and is lent from where it was read, too. */
  @Test
  void piecesThatWaitForDemandLieWhereTheyWereRead() throws Exception {
    AtomicInteger copied = new AtomicInteger();
    server.on(
        "/one",
        exchange -> {
          exchange.listener(new OneByOne(exchange, lent, copied));
          exchange.demand(1);
        });
    byte[] body = random(6);
    String hash = Integer.toString(Arrays.hashCode(body));
    try (WirePeer peer = connect(false);
        WirePeer other = connect(false)) {
      Thread sender = new Thread(() -> post(peer, "/one", body));
      Thread otherSender = new Thread(() -> post(other, "/one", body));
      sender.start();
      otherSender.start(); // its reads come between
      assertThat(peer.response().body()).isEqualTo(hash);
      assertThat(other.response().body()).isEqualTo(hash);
      sender.join();
      otherSender.join();
    }
    assertThat(copied.get()).as("few beside " + lent).isLessThan(lent.get() / 4);
    await("all memory is back").until(() -> server.sum(stats -> stats.lentToRequests.get()) == 0);
  }

  @Test
  void aClientThatGoesWhileBytesWaitForDemandGivesTheMemoryBack() throws IOException {
    AtomicInteger pieces = new AtomicInteger();
    server.on(
        "/first",
        exchange -> {
          exchange.listener(new FirstOnly(pieces));
          exchange.demand(2); // the second is of a long read, whose rest waits
        });
    byte[] body = random(7);
    for (int i = 0; i < 20; i++) {
      try (WirePeer peer = connect(false)) {
        peer.send("POST /first HTTP/1.1\r\nHost: t\r\nContent-Length: " + LENGTH + "\r\n\r\n");
        peer.socket.getOutputStream().write(body, 0, 200_000);
        int each = 2 * (i + 1);
        await().until(() -> pieces.get() == each);
        peer.reset();
      }
    }
    await("all memory is back").until(() -> server.sum(stats -> stats.lentToRequests.get()) == 0);
  }

  @Test
  void bodiesOfSeveralClientsDoNotMix() throws Exception {
    List<Thread> clients = new ArrayList<>();
    List<String> wrong = new CopyOnWriteArrayList<>();
    for (int c = 0; c < 6; c++) {
      byte[] body = random(c);
      Thread client =
          new Thread(
              () -> {
                try (WirePeer peer = connect(false)) {
                  Thread sender = new Thread(() -> post(peer, "/relay", body));
                  sender.start();
                  String got = peer.response().body();
                  if (!got.equals(new String(body, StandardCharsets.ISO_8859_1))) {
                    wrong.add("a body of " + got.length());
                  }
                }
              });
      clients.add(client);
      client.start();
    }
    for (Thread client : clients) {
      client.join();
    }
    assertThat(wrong).isEmpty();
    await("all memory is back").until(() -> server.sum(stats -> stats.lentToRequests.get()) == 0);
  }

  @Test
  void aClientThatGoesGivesTheMemoryBack() throws IOException {
    byte[] body = random(3);
    for (int i = 0; i < 20; i++) {
      try (WirePeer peer = connect(false)) {
        peer.send("POST /relay HTTP/1.1\r\nHost: t\r\nContent-Length: " + LENGTH + "\r\n\r\n");
        peer.socket.getOutputStream().write(body, 0, LENGTH / 2);
        peer.reset();
      }
    }
    await("all memory is back").until(() -> server.sum(stats -> stats.lentToRequests.get()) == 0);
  }

  /** While a handler holds all there is, bodies are copied. */
  @Test
  void piecesThatAreHeldKeepTheirBytesAndStopNobody() throws Exception {
    List<BodyPiece> held = new CopyOnWriteArrayList<>();
    server.on(
        "/hold",
        exchange -> {
          exchange.listener(new Holder(exchange, held));
          exchange.demand(Long.MAX_VALUE);
        });
    byte[] body = random(4);
    try (WirePeer peer = connect(false)) {
      for (int i = 0; i < 3; i++) {
        post(peer, "/hold", body);
        assertThat(peer.response().status()).isEqualTo(200);
      }
      byte[] other = random(5);
      Thread sender = new Thread(() -> post(peer, "/relay", other));
      sender.start();
      assertThat(peer.response().body().getBytes(StandardCharsets.ISO_8859_1)).isEqualTo(other);
      sender.join();
    }
    assertThat(held).isNotEmpty();
    String all = new String(body, StandardCharsets.ISO_8859_1).repeat(3);
    for (BodyPiece piece : held) {
      assertThat(all.contains(StandardCharsets.ISO_8859_1.decode(piece.bytes()))).isTrue();
      piece.release();
    }
    assertThat(server.sum(stats -> stats.lentToRequests.get())).isZero();
  }

  private record Holder(Exchange exchange, List<BodyPiece> held) implements ExchangeListener {
    @Override
    public void onLentBody(BodyPiece piece) {
      held.add(piece);
    }

    @Override
    public void onBodyComplete(Headers trailers) {
      answer(exchange, 200, "held");
    }
  }

  private record FirstOnly(AtomicInteger pieces) implements ExchangeListener {
    @Override
    public void onLentBody(BodyPiece piece) {
      pieces.incrementAndGet();
      piece.release();
    }

    @Override
    public void onBody(ByteBuffer data) {
      pieces.incrementAndGet();
    }
  }

  /** Asks for the next piece in a later turn, so that the rest of the read has to wait. */
  private record OneByOne(
      Exchange exchange, AtomicInteger lent, AtomicInteger copied, ByteArrayOutputStream got)
      implements ExchangeListener {
    OneByOne(Exchange exchange, AtomicInteger lent, AtomicInteger copied) {
      this(exchange, lent, copied, new ByteArrayOutputStream());
    }

    @Override
    public void onLentBody(BodyPiece piece) {
      lent.incrementAndGet();
      take(piece.bytes());
      piece.release();
    }

    @Override
    public void onBody(ByteBuffer data) {
      copied.incrementAndGet();
      take(data);
    }

    private void take(ByteBuffer data) {
      byte[] bytes = new byte[data.remaining()];
      data.get(bytes);
      got.writeBytes(bytes);
      exchange.execute(() -> exchange.demand(1));
    }

    @Override
    public void onBodyComplete(Headers trailers) {
      answer(exchange, 200, Integer.toString(Arrays.hashCode(got.toByteArray())));
    }
  }
}
