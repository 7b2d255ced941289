package io.kqueueserver.server;

import static io.kqueueserver.http.h2.Frames.octets;
import static io.kqueueserver.server.Http2Peer.data;
import static io.kqueueserver.server.Http2Peer.ping;
import static io.kqueueserver.server.Http2Peer.rst;
import static io.kqueueserver.server.Http2Peer.windowUpdate;
import static io.kqueueserver.server.ServerExtension.answer;
import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.http.h2.ErrorCode;
import io.kqueueserver.http.h2.Http2Options;
import io.kqueueserver.stats.Limit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What good clients do, and defences against attacks must not take for one. */
@Timeout(30)
class Http2ToleranceTest {
  @RegisterExtension
  final ServerExtension server =
      ServerExtension.with(builder -> builder.http2(Http2Options.DEFAULTS).loops(1))
          .on("/a", exchange -> answer(exchange, 200, "alpha"));

  private Http2Peer peer() {
    return Http2Peer.on(server.connect());
  }

  @Test
  void aThousandAnswersBeforeTheirRequestsEndAreNoResets() {
    server.on("/login", exchange -> answer(exchange, 401, "no"));
    Http2Peer peer = peer().start();
    for (int i = 0; i < 1_000; i++) {
      int stream = 2 * i + 1;
      assertThat(peer.post(stream, "/login").answer(stream).status()).isEqualTo(401);
      peer.send(rst(stream, ErrorCode.CANCEL));
    }
    peer.settle();
    assertThat(server.limitHits(Limit.HTTP2_RESETS)).isZero();
  }

  @Test
  void pingsAndCreditForDataAreNoFlood() {
    server.on("/body", server.collecting((x, body, trailers) -> answer(x, 200, body)));
    Http2Peer peer = peer().start();
    peer.post(1, "/body");
    for (int i = 0; i < 500; i++) {
      peer.send(data(1, false, octets('x')), ping(i), windowUpdate(0, 1), windowUpdate(1, 1));
    }
    peer.send(data(1, true, octets('x')));
    assertThat(peer.answer(1).body()).hasSize(501);
    assertThat(server.limitHits(Limit.HTTP2_CONTROL_FRAMES)).isZero();
  }

  @Test
  void aCookieOfSixKilobytesInEightyCrumbsIsServed() {
    server.on(
        "/cookie", exchange -> answer(exchange, 200, exchange.request().headers().first("Cookie")));
    String[] crumbs =
        IntStream.range(0, 80)
            .mapToObj(i -> "cookie: c" + i + "=" + "v".repeat(70))
            .toArray(String[]::new);
    String cookie = peer().start().get(1, "/cookie", crumbs).answer(1).body();
    assertThat(cookie.split("; ", -1)).hasSize(80);
    assertThat(cookie).startsWith("c0=vvv").contains("; c79=v");
  }
}
