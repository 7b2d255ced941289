package io.kqueueserver.server;

import static io.kqueueserver.server.ServerExtension.TEXT;
import static io.kqueueserver.server.ServerExtension.answer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.ExchangeException.Reason;
import io.kqueueserver.http.ExchangeListener;
import io.kqueueserver.net.Discarding;
import io.kqueueserver.stats.CloseReason;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The client goes away at the worst moment: the handler is notified, and nothing is left behind.
 */
class DisconnectTest {
  @RegisterExtension final ServerExtension server = new ServerExtension();

  @Test
  void aFinWhileTheHandlerOnlyWaitsCancelsIt() {
    server.on("/wait", server.listening(exchange -> {}));
    WirePeer peer = server.connect().get("/wait");
    await().until(() -> server.server().activeExchanges() == 1);

    peer.close();

    assertThat(error().reason()).isEqualTo(Reason.PEER_CLOSED);
    await().until(() -> server.closed(CloseReason.PEER_GONE) == 1);
  }

  @Test
  void aResetWhileTheHandlerOnlyWaitsCancelsIt() {
    server.on("/wait", server.listening(exchange -> {}));
    WirePeer peer = server.connect().get("/wait");
    await().until(() -> server.server().activeExchanges() == 1);

    peer.reset();

    assertThat(error().reason()).isEqualTo(Reason.PEER_RESET);
    await().until(() -> server.closed(CloseReason.PEER_RESET) == 1);
  }

  @Test
  void aClientThatGoesInTheMiddleOfItsBodyIsAnErrorOfTheBody() {
    server.on("/body", server.collecting((exchange, body, trailers) -> {}));
    WirePeer peer =
        server.connect().send("POST /body HTTP/1.1\r\nHost: t\r\nContent-Length: 100\r\n\r\npart");
    await().until(() -> server.server().activeExchanges() == 1);

    peer.close();

    assertThat(error().reason()).isEqualTo(Reason.PEER_CLOSED);
  }

  @Test
  void aClientThatGoesWhileItsBodyIsNotWantedIsNoticedAllTheSame() {
    server.on("/hold", server.listening(exchange -> {}));
    WirePeer peer =
        server
            .connect()
            .send("POST /hold HTTP/1.1\r\nHost: t\r\nContent-Length: 500000\r\n\r\n")
            .send(new byte[100_000]);
    await().until(() -> server.server().activeExchanges() == 1);

    peer.close();

    assertThat(error().reason()).isIn(Reason.PEER_CLOSED, Reason.PEER_RESET);
  }

  @Test
  void aClientThatGoesInTheMiddleOfTheResponseCancelsItsSource() {
    AtomicInteger written = new AtomicInteger();
    server.on(
        "/endless",
        exchange -> {
          exchange.listener(
              new ExchangeListener() {
                @Override
                public void onWritable() {
                  pump(exchange, written);
                }

                @Override
                public void onError(ExchangeException cause) {
                  server.errors.add(cause);
                }
              });
          exchange.respond(200, TEXT, Exchange.UNKNOWN_LENGTH);
          pump(exchange, written);
        });
    WirePeer peer = server.connect().get("/endless");
    await().until(() -> written.get() > 0);

    peer.reset();

    assertThat(error().reason()).isEqualTo(Reason.PEER_RESET);
  }

  private static void pump(Exchange exchange, AtomicInteger written) {
    while (exchange.isWritable()) {
      exchange.write(ByteBuffer.allocate(10_000), null);
      written.addAndGet(10_000);
    }
  }

  @Test
  void aSlowReaderHoldsNoMoreThanTheWatermark() {
    AtomicInteger written = new AtomicInteger();
    server.on(
        "/endless",
        server.listening(
            exchange -> {
              exchange.respond(200, TEXT, Exchange.UNKNOWN_LENGTH);
              for (int i = 0; i < 10_000 && exchange.isWritable(); i++) {
                exchange.write(ByteBuffer.allocate(10_000), null);
                exchange.flush();
                written.addAndGet(10_000);
              }
            }));
    WirePeer peer = server.connect().get("/endless");
    await().until(() -> written.get() > 0 && server.server().activeExchanges() == 1);

    assertThat(written.get()).as("the kernel's buffers and the watermark").isLessThan(20_000_000);
    peer.reset();
    error();
  }

  @Test
  void aHalfClosedClientIsServedWhereThatIsAllowed() {
    server.restart(builder -> builder.allowHalfClose(true));
    BlockingQueue<Exchange> waiting = new LinkedBlockingQueue<>();
    server.on("/wait", waiting::add);
    WirePeer peer = server.connect().get("/wait").shutdownOutput();
    Exchange exchange = await().until(waiting::poll, e -> e != null);

    exchange.execute(() -> answer(exchange, 200, "served"));

    assertThat(peer.response().body()).isEqualTo("served");
    assertThat(peer.isClosedByServer()).isTrue();
  }

  @Test
  void aRequestAnsweredAtOnceReachesAClientThatSentFinWithIt() {
    server.on("/a", exchange -> answer(exchange, 200, "alpha"));
    WirePeer peer = server.connect().get("/a").shutdownOutput();

    assertThat(peer.response().body()).isEqualTo("alpha");
    assertThat(peer.isClosedByServer()).isTrue();
  }

  /**
   * Sends that, after so many answers of which most do not fit into the client's window; returns
   * what the client reads when the server has closed.
   */
  private String readLate(int answers, String behind, boolean endsItsSide, CloseReason reason)
      throws IOException {
    server.on("/long", exchange -> answer(exchange, 200, "x".repeat(20_000)));
    server.on(
        "/begun",
        exchange -> {
          exchange.respond(200, TEXT, Exchange.UNKNOWN_LENGTH);
          exchange.write(Http1ServerTest.ascii("begun"), null);
          exchange.listener(new ExchangeListener() {});
          exchange.demand(1_000);
        });
    Socket narrow = new Socket();
    narrow.setReceiveBufferSize(4096);
    narrow.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()));
    WirePeer peer = server.add(WirePeer.on(narrow));
    peer.send("GET /long HTTP/1.1\r\nHost: t\r\n\r\n".repeat(answers) + behind);
    if (endsItsSide) {
      peer.shutdownOutput();
    }
    await().until(() -> server.closed(reason) == 1 || server.server().activeExchanges() == 0);
    for (int i = 0; i < answers; i++) {
      assertThat(peer.response().body()).hasSize(20_000);
    }
    return peer.readAll();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void completeResponsesBeforeOneThatIsCutReachAClientThatReadsLate(boolean malformed)
      throws IOException {
    String begun = "POST /begun HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx";
    String cut =
        malformed
            ? readLate(4, begun + "no", false, CloseReason.PROTOCOL_ERROR)
            : readLate(4, begun, true, CloseReason.PEER_GONE);

    assertThat(cut).startsWith("HTTP/1.1 200 ").endsWith("\r\n5\r\nbegun\r\n");
  }

  @Test
  void aResponseWhoseRequestDoesNotEndReachesAClientThatReadsLate() throws IOException {
    Duration soon = Duration.ofMillis(200);
    server.restart(builder -> builder.discarding(new Discarding(soon, soon, 240, -1)));
    String unended = "POST /long HTTP/1.1\r\nHost: t\r\nContent-Length: 1000\r\n\r\n";

    String last = readLate(3, unended, false, CloseReason.UNREAD_BODY);

    assertThat(last).startsWith("HTTP/1.1 200 ").endsWith("\r\n\r\n" + "x".repeat(20_000));
  }

  @Test
  void callsOnAnExchangeThatHasEndedDoNothing() {
    BlockingQueue<Exchange> waiting = new LinkedBlockingQueue<>();
    server.on("/wait", server.listening(waiting::add));
    WirePeer peer = server.connect().get("/wait");
    Exchange exchange = await().until(waiting::poll, e -> e != null);
    peer.close();
    error();

    AtomicInteger released = new AtomicInteger();
    exchange.execute(
        () -> {
          exchange.respond(200, TEXT, 3);
          exchange.write(Http1ServerTest.ascii("abc"), released::incrementAndGet);
          exchange.finish();
          exchange.demand(1);
          exchange.reset(new ExchangeException(Reason.APPLICATION, "late"));
        });

    await().until(() -> released.get() == 1);
  }

  private ExchangeException error() {
    return await().until(server.errors::poll, e -> e != null);
  }
}
