package io.kqueueserver.server;

import static io.kqueueserver.server.ServerExtension.answer;
import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeListener;
import io.kqueueserver.http.Headers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a body that comes in one large read is cut into, and that each piece was asked for. */
class BodyPiecesTest {
  private static final int BODY_BYTES = 100_000;

  @RegisterExtension
  final ServerExtension server = ServerExtension.with(builder -> builder.loops(1));

  private final BlockingQueue<ByteBuffer> pieces = new LinkedBlockingQueue<>();
  private final BlockingQueue<Exchange> exchanges = new LinkedBlockingQueue<>();

  private WirePeer post() {
    server.on(
        "/",
        exchange -> {
          exchange.listener(
              new ExchangeListener() {
                @Override
                public void onBody(ByteBuffer data) {
                  pieces.add(data);
                }

                @Override
                public void onBodyComplete(Headers trailers) {
                  answer(exchange, 200, "complete");
                }
              });
          exchanges.add(exchange);
        });
    String body = "0123456789".repeat(BODY_BYTES / 10);
    return server
        .connect()
        .send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: " + BODY_BYTES + "\r\n\r\n" + body);
  }

  private static void demand(Exchange exchange, long count) {
    exchange.execute(() -> exchange.demand(count));
  }

  @Test
  void noPieceIsLongerThanTheOptionSays() throws InterruptedException {
    server.restart(builder -> builder.memory(new MemoryLimits(1_000, 1 << 20)));
    WirePeer peer = post();
    demand(exchanges.take(), Long.MAX_VALUE);

    assertThat(peer.response().body()).isEqualTo("complete");
    assertThat(pieces).allMatch(piece -> piece.remaining() <= 1_000);
  }

  @Test
  void ofALargeReadOnlyAsManyPiecesAreToldAsWereAskedFor() throws InterruptedException {
    WirePeer peer = post();
    Exchange exchange = exchanges.take();
    List<ByteBuffer> told = new ArrayList<>();
    demand(exchange, 1);
    told.add(pieces.take());
    demand(exchange, 3);
    for (int i = 0; i < 3; i++) {
      told.add(pieces.take());
    }
    server.workers().get(0).loop().execute(() -> exchanges.add(exchange));
    exchanges.take(); // the loop has done all it had to
    assertThat(pieces.poll()).isNull();
    assertThat(told).allMatch(piece -> piece.remaining() <= MemoryLimits.DEFAULTS.bodyPieceBytes());

    while (told.stream().mapToInt(ByteBuffer::remaining).sum() < BODY_BYTES) {
      demand(exchange, 1);
      told.add(pieces.poll(10, TimeUnit.SECONDS));
    }
    assertThat(peer.response().body()).isEqualTo("complete");
    StringBuilder body = new StringBuilder();
    told.forEach(piece -> body.append(StandardCharsets.ISO_8859_1.decode(piece)));
    assertThat(body.toString()).isEqualTo("0123456789".repeat(BODY_BYTES / 10));
  }
}
