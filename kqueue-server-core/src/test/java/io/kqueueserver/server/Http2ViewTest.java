package io.kqueueserver.server;

import static io.kqueueserver.http.h2.Frames.setting;
import static io.kqueueserver.server.Http2Peer.data;
import static io.kqueueserver.server.Http2Peer.windowUpdate;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.h2.FrameType;
import io.kqueueserver.http.h2.Http2Options;
import io.kqueueserver.http.h2.Setting;
import io.kqueueserver.net.ConnectionView;
import io.kqueueserver.stats.CurrentRequest;
import io.kqueueserver.stats.SharedFlow;
import io.kqueueserver.stats.StreamFlow;
import io.kqueueserver.stats.WireProtocol;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What an observer sees of a connection that speaks HTTP/2, while its loop goes on. */
@Timeout(60)
class Http2ViewTest {
  private static final int BODY = 100_000;
  private static final int CREDIT = 65_535;

  @RegisterExtension
  final ServerExtension server =
      ServerExtension.with(builder -> builder.http2(Http2Options.DEFAULTS).loops(1));

  @BeforeEach
  void handlers() {
    server.on("/later", server.listening(exchange -> {}));
    server.on("/large", Http2ViewTest::respondAtLength);
  }

  private static void respondAtLength(Exchange exchange) {
    exchange.respond(200, ServerExtension.TEXT, BODY);
    exchange.write(ByteBuffer.allocate(BODY), () -> {});
    exchange.finish();
  }

  private ConnectionView view() {
    List<ConnectionView> views =
        IntStream.range(0, server.workers().get(0).slots())
            .mapToObj(slot -> server.workers().get(0).observe(slot))
            .filter(Objects::nonNull)
            .toList();
    assertThat(views).hasSize(1);
    return views.get(0);
  }

  private static StreamFlow flow(ConnectionView view, int stream) {
    return view.requests().listed().stream()
        .filter(request -> request.streamId() == stream)
        .findFirst()
        .orElseThrow()
        .flow();
  }

  @Test
  void aNewConnectionHasNoStreamsAndWholeWindows() {
    Http2Peer.on(server.connect()).start().settle();
    ConnectionView view = view();
    assertThat(view.socket().protocol()).isEqualTo(WireProtocol.HTTP_2);
    assertThat(view.sharedFlow()).isEqualTo(new SharedFlow(0, CREDIT, 1 << 20));
    assertThat(view.state()).isEqualTo(ConnectionView.State.IDLE);
  }

  @Test
  void eachStreamShowsHowFarItHasCome() {
    Http2Peer peer = Http2Peer.on(server.connect()).start();
    peer.send(windowUpdate(0, 1_000_000)).post(1, "/later").get(3, "/large");
    peer.send(data(1, false, new byte[1_000]));
    for (int left = CREDIT; left > 0; ) {
      left -= peer.await(FrameType.DATA, 3).payload().length;
    }
    peer.settle();

    ConnectionView view = view();
    assertThat(view.requests().listed()).extracting(CurrentRequest::streamId).contains(1L, 3L);
    assertThat(view.requests().listed()).extracting(CurrentRequest::path).contains("/later");
    assertThat(flow(view, 1))
        .isEqualTo(new StreamFlow("open", 1_000, 0, 0, CREDIT, (64 << 10) - 1_000));
    assertThat(flow(view, 3))
        .isEqualTo(new StreamFlow("half-closed-remote", 0, CREDIT, BODY - CREDIT, 0, null));
    assertThat(view.sharedFlow()).isEqualTo(new SharedFlow(2, 1_000_000, (1 << 20) - 1_000));
  }

  @Test
  void aWindowThatTheClientHasTakenBackIsNegative() {
    Http2Peer peer = Http2Peer.on(server.connect()).start();
    peer.get(1, "/large");
    for (int left = CREDIT; left > 0; ) {
      left -= peer.await(FrameType.DATA, 1).payload().length;
    }
    peer.send(Http2Peer.settings(setting(Setting.INITIAL_WINDOW_SIZE.identifier(), 0))).settle();
    assertThat(flow(view(), 1).sendWindow()).isEqualTo(-CREDIT);
  }

  @Test
  void aConnectionOfHttp1HasNoStreams() {
    WirePeer peer = server.connect().get("/later");
    await().untilAsserted(() -> assertThat(view().requests().active()).isEqualTo(1));
    assertThat(view().sharedFlow()).isNull();
    assertThat(view().requests().oldest().flow()).isNull();
    assertThat(view().requests().oldest().streamId()).isEqualTo(CurrentRequest.NO_STREAM);
    peer.close();
  }
}
