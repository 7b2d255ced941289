package io.kqueueserver.server;

import static io.kqueueserver.server.Http1ServerTest.ascii;
import static io.kqueueserver.server.ServerExtension.TEXT;
import static io.kqueueserver.server.ServerExtension.answer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.ExchangeListener;
import io.kqueueserver.http.Headers;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Callbacks that call back, touch other connections of their loop, or throw. */
class ReentrancyTest {
  @RegisterExtension
  final ServerExtension server = ServerExtension.with(builder -> builder.loops(1));

  @Test
  void endingTheExchangeOfAnotherConnectionLeavesTheInputOfThisOneAlone() {
    BlockingQueue<Exchange> held = new LinkedBlockingQueue<>();
    server.on(
        "/hold",
        exchange -> {
          exchange.respond(200, TEXT, 4);
          exchange.write(ascii("held"), null);
          held.add(exchange);
        });
    server.on(
        "/end",
        exchange -> {
          held.remove().finish();
          answer(exchange, 200, "ended");
        });
    server.on("/a", exchange -> answer(exchange, 200, "alpha"));
    WirePeer other =
        server.connect().send("POST /hold HTTP/1.1\r\nHost: t\r\nContent-Length: 30000000\r\n\r\n");
    assertThat(other.response().body()).isEqualTo("held");
    other.send("x".repeat(30_000)); // stays in the socket, for nobody asks for it

    WirePeer peer =
        server
            .connect()
            .send("GET /end HTTP/1.1\r\nHost: t\r\n\r\nGET /a HTTP/1.1\r\nHost: t\r\n\r\n");

    assertThat(peer.response().body()).isEqualTo("ended");
    assertThat(peer.response().body()).isEqualTo("alpha");
  }

  @Test
  void bytesWrittenWhenALentBufferComesBackFollowIt() {
    server.on(
        "/lent",
        exchange -> {
          exchange.respond(200, TEXT, 100_004);
          exchange.write(
              ByteBuffer.allocate(100_000),
              () -> {
                exchange.write(ascii("tail"), null);
                exchange.finish();
              });
        });

    assertThat(server.connect().get("/lent").response().body()).hasSize(100_004).endsWith("tail");
  }

  @Test
  void bytesWrittenToAnotherConnectionWhenALentBufferComesBackStayApart() {
    BlockingQueue<Exchange> waiting = new LinkedBlockingQueue<>();
    server.on("/wait", waiting::add);
    server.on(
        "/lent",
        exchange -> {
          exchange.respond(200, TEXT, 100_000);
          exchange.write(
              ByteBuffer.allocate(100_000), () -> answer(waiting.remove(), 200, "woken"));
          exchange.finish();
        });
    WirePeer other = server.connect().get("/wait");
    await().until(() -> !waiting.isEmpty());
    WirePeer peer = server.connect().get("/lent");

    assertThat(peer.response().body()).hasSize(100_000);
    assertThat(other.response().body()).isEqualTo("woken");
    assertThat(peer.get("/none").response().status()).as("nothing came twice").isEqualTo(404);
  }

  @Test
  void whoWritesOnceItsBytesAreFlushedDoesNotKeepTheLoopToItself() {
    Set<Long> turns = ConcurrentHashMap.newKeySet();
    server.on("/drip", exchange -> drip(exchange, 100, turns));

    assertThat(server.connect().get("/drip").response().body()).hasSize(100);

    assertThat(turns).hasSizeGreaterThan(20);
  }

  private void drip(Exchange exchange, int count, Set<Long> turns) {
    if (!exchange.isCommitted()) {
      exchange.respond(200, TEXT, count);
    }
    turns.add(server.workers().get(0).loop().stats().turns);
    exchange.write(ascii("x"), null);
    if (count == 1) {
      exchange.finish();
    } else {
      exchange.whenFlushed(() -> drip(exchange, count - 1, turns));
    }
  }

  @Test
  void anErrorInOnCompleteDoesNotKeepTheConnectionFromClosing() {
    server.on(
        "/throw",
        exchange -> {
          exchange.listener(
              new ExchangeListener() {
                @Override
                public void onComplete() {
                  throw new IllegalStateException("on purpose");
                }
              });
          exchange.execute(() -> answer(exchange, 200, "alpha"));
        });
    WirePeer peer =
        server.connect().send("GET /throw HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");

    assertThat(peer.response().body()).isEqualTo("alpha");
    assertThat(peer.readAll()).isEmpty();
  }

  @Test
  void anErrorInAFlushCallbackBreaksItsConnectionOffAndNoOther() {
    server.on("/a", exchange -> answer(exchange, 200, "alpha"));
    server.on(
        "/throw",
        server.listening(
            exchange ->
                exchange.execute(
                    () -> {
                      exchange.respond(200, TEXT, 100);
                      exchange.write(ascii("part"), null);
                      exchange.whenFlushed(
                          () -> {
                            throw new IllegalStateException("on purpose");
                          });
                    })));
    WirePeer other = server.connect().get("/a");
    assertThat(other.response().body()).isEqualTo("alpha");

    assertThat(server.connect().get("/throw").readAll()).endsWith("<reset>");
    assertThat(await().until(server.errors::poll, e -> e != null).reason())
        .isEqualTo(ExchangeException.Reason.APPLICATION);
    assertThat(other.get("/a").response().body()).isEqualTo("alpha");
  }

  @Test
  void anErrorInOnBodyCompleteIsAnsweredWith500WhereverItWasDecoded() {
    server.on("/a", exchange -> answer(exchange, 200, "alpha"));
    server.on(
        "/throw",
        exchange -> {
          exchange.listener(
              new ExchangeListener() {
                @Override
                public void onBodyComplete(Headers trailers) {
                  throw new IllegalStateException("on purpose");
                }
              });
          exchange.execute(() -> exchange.demand(10));
        });
    WirePeer peer =
        server
            .connect()
            .send(
                "POST /throw HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\nhello"
                    + "GET /a HTTP/1.1\r\nHost: t\r\n\r\n");

    assertThat(peer.response().status()).isEqualTo(500);
    assertThat(peer.response().body()).isEqualTo("alpha");
  }

  @Test
  void anErrorInOnWritableBreaksTheExchangeOff() {
    BlockingQueue<ExchangeException> ends = new LinkedBlockingQueue<>();
    server.on(
        "/throw",
        exchange -> {
          exchange.listener(
              new ExchangeListener() {
                @Override
                public void onWritable() {
                  throw new IllegalStateException("on purpose");
                }

                @Override
                public void onError(ExchangeException cause) {
                  ends.add(cause);
                }
              });
          exchange.execute(
              () -> {
                exchange.respond(200, TEXT, 1_000_000);
                while (exchange.isWritable()) {
                  exchange.write(ByteBuffer.allocate(1_000), null);
                }
              });
        });
    server.connect().get("/throw");

    assertThat(await().until(ends::poll, e -> e != null).reason())
        .isEqualTo(ExchangeException.Reason.APPLICATION);
  }

  @Test
  void anErrorInOnErrorDoesNotKeepLentBuffersFromComingBack() {
    AtomicInteger released = new AtomicInteger();
    server.on(
        "/large",
        exchange -> {
          exchange.listener(
              new ExchangeListener() {
                @Override
                public void onError(ExchangeException cause) {
                  throw new IllegalStateException("on purpose");
                }
              });
          exchange.respond(200, TEXT, 100_000_000);
          exchange.write(ByteBuffer.allocate(100_000_000), released::incrementAndGet);
          exchange.finish();
        });
    WirePeer peer = server.connect().get("/large");
    await().until(() -> server.server().activeExchanges() == 1);

    peer.reset();

    await().until(() -> released.get() == 1);
  }
}
