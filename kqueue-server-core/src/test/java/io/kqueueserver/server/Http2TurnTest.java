package io.kqueueserver.server;

import static io.kqueueserver.http.h2.Frames.setting;
import static io.kqueueserver.server.Http2Peer.windowUpdate;
import static io.kqueueserver.server.ServerExtension.answer;
import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeListener;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.h2.FrameType;
import io.kqueueserver.http.h2.Http2Options;
import io.kqueueserver.http.h2.Setting;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What one connection does in one turn of its loop, while others wait for theirs. */
@Timeout(60)
class Http2TurnTest {
  private static final int STREAMS = 10;
  private static final int LARGE = 256 * 1024;
  private static final int PIECE = 1024;

  /** A turn's budget, and what one handler that has begun may write beyond it. */
  private static final long MOST_PER_TURN = 64 * 1024 + 64 * 1024;

  @RegisterExtension
  final ServerExtension server =
      ServerExtension.with(builder -> builder.http2(Http2Options.DEFAULTS).loops(1));

  /** Bytes that handlers wrote, by the number of the turn. */
  private final Map<Long, Long> writtenByTurn = new ConcurrentHashMap<>();

  private final Map<Long, Long> begunByTurn = new ConcurrentHashMap<>();

  private long turn() {
    return server.sum(stats -> stats.turns);
  }

  private void respondAtLength(Exchange exchange) {
    ExchangeListener writer =
        new ExchangeListener() {
          private int left = LARGE;

          @Override
          public void onWritable() {
            while (left > 0 && exchange.isWritable()) {
              exchange.write(ByteBuffer.allocate(PIECE), () -> {});
              writtenByTurn.merge(turn(), (long) PIECE, Long::sum);
              left -= PIECE;
            }
            if (left == 0) {
              left = -1;
              exchange.finish();
            }
          }
        };
    exchange.listener(writer);
    exchange.respond(200, HeaderSource.NONE, LARGE);
    writer.onWritable();
  }

  @Test
  void handlersOfManyStreamsWriteLittlePerTurnAndAllComplete() throws Exception {
    server.on("/large", this::respondAtLength);
    Http2Peer peer =
        Http2Peer.on(server.connect())
            .start(setting(Setting.INITIAL_WINDOW_SIZE.identifier(), 1 << 20));
    peer.send(windowUpdate(0, 1 << 30), requests(peer, "/large", STREAMS));

    int[] received = new int[1];
    for (int ended = 0; ended < STREAMS; ) {
      Http2Peer.Frame frame = peer.await(each -> each.is(FrameType.DATA));
      received[0] += frame.payload().length;
      ended += frame.endsStream() ? 1 : 0;
    }

    assertThat(received[0]).isEqualTo(STREAMS * LARGE);
    assertThat(writtenByTurn.values()).allMatch(bytes -> bytes <= MOST_PER_TURN);
  }

  @Test
  void smallResponsesOfThirtyTwoStreamsShareATurn() throws Exception {
    server.on(
        "/small",
        exchange -> {
          begunByTurn.merge(turn(), 1L, Long::sum);
          answer(exchange, 200, "alpha");
        });
    Http2Peer peer = Http2Peer.on(server.connect()).start();
    peer.send(requests(peer, "/small", 40));
    for (int ended = 0; ended < 40; ended++) {
      peer.await(Http2Peer.Frame::endsStream);
    }

    assertThat(begunByTurn.values()).containsExactlyInAnyOrder(32L, 8L);
  }

  private static byte[] requests(Http2Peer peer, String path, int count) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int i = 0; i < count; i++) {
      out.writeBytes(peer.request(2 * i + 1, true, "GET", path));
    }
    return out.toByteArray();
  }
}
