package io.kqueueserver.spring;

import static io.kqueueserver.spring.WebServerExtension.request;
import static io.kqueueserver.spring.WebServerExtension.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.InputStream;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.boot.web.server.WebServer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpStatus;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** What handlers may do to a request body, as a client sees it. */
class RequestBodiesOverSocketsTests {
  @RegisterExtension final WebServerExtension servers = new WebServerExtension();

  @Test
  void aBodyIsEchoedPieceByPiece() {
    WebServer server = servers.start((request, response) -> response.writeWith(request.getBody()));
    String large = "0123456789".repeat(500_000);
    assertThat(servers.send(request(server, "/").POST(BodyPublishers.ofString(large))).body())
        .isEqualTo(large);
  }

  /** The server reads the next bodies into the memory of those that were released. */
  @SuppressWarnings("deprecation") // applications still call asByteBuffer
  @Test
  void aViewOfAReleasedBufferNeverShowsAnotherBody() {
    List<ByteBuffer> views = new CopyOnWriteArrayList<>();
    WebServer server =
        servers.start(
            (request, response) ->
                request
                    .getBody()
                    .doOnNext(
                        buffer -> {
                          if (request.getURI().getPath().equals("/keep")) {
                            views.add(buffer.asByteBuffer());
                          }
                          DataBufferUtils.release(buffer);
                        })
                    .then(response.setComplete()));
    post(server, "/keep", "k".repeat(500_000));
    for (int i = 0; i < 20; i++) {
      post(server, "/", "o".repeat(500_000));
    }
    int kept = 0;
    for (ByteBuffer view : views) {
      kept += view.remaining();
      assertThat(StandardCharsets.US_ASCII.decode(view).toString()).matches("k+");
    }
    assertThat(kept).isEqualTo(500_000);
  }

  @Test
  void aHandlerThatReleasesNothingIsServedOn() {
    AtomicLong received = new AtomicLong();
    WebServer server =
        servers.start(
            (request, response) ->
                request
                    .getBody()
                    .doOnNext(buffer -> received.addAndGet(buffer.readableByteCount()))
                    .then(response.setComplete()));
    for (int i = 0; i < 20; i++) {
      post(server, "/", "o".repeat(500_000));
    }
    assertThat(received).hasValue(10_000_000);
  }

  private void post(WebServer server, String path, String body) {
    assertThat(servers.send(request(server, path).POST(BodyPublishers.ofString(body))).statusCode())
        .isEqualTo(200);
  }

  @Test
  void aHandlerThatReadsSlowlyHoldsTheClientBack() {
    Sinks.Empty<Void> go = Sinks.empty();
    AtomicLong received = new AtomicLong();
    WebServer server =
        servers.start(
            (request, response) ->
                request
                    .getBody()
                    .concatMap(
                        buffer -> {
                          received.addAndGet(buffer.readableByteCount());
                          return go.asMono();
                        },
                        1)
                    .then(response.setComplete()));
    byte[] large = new byte[64 * 1024 * 1024];
    AtomicLong handedOver = new AtomicLong();
    var answer =
        servers
            .client()
            .sendAsync(
                request(server, "/")
                    .POST(
                        BodyPublishers.ofInputStream(
                            () -> new CountingStream(large.length, handedOver)))
                    .build(),
                BodyHandlers.discarding());
    long settled = await().until(handedOver::get, new StopsGrowing());
    assertThat(settled).isPositive().isLessThan(large.length);
    assertThat(received.get()).isPositive().isLessThanOrEqualTo(256 * 1024);
    go.tryEmitEmpty().orThrow();
    assertThat(answer.join().statusCode()).isEqualTo(200);
    assertThat(received).hasValue(large.length);
  }

  @Test
  void theSecondSubscriberOfABodyFails() {
    AtomicReference<Throwable> error = new AtomicReference<>();
    WebServer server =
        servers.start(
            (request, response) ->
                DataBufferUtils.join(request.getBody())
                    .then(
                        DataBufferUtils.join(request.getBody())
                            .doOnError(error::set)
                            .onErrorComplete())
                    .then(response.setComplete()));
    assertThat(servers.send(request(server, "/").POST(BodyPublishers.ofString("a"))).statusCode())
        .isEqualTo(200);
    assertThat(error.get()).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void anUnreadBodyDoesNotDisturbTheNextRequest() {
    WebServer server =
        servers.start(
            (request, response) -> response.writeWith(Mono.just(utf8(request.getURI().getPath()))));
    String body = "x".repeat(20_000);
    try (RawClient client = new RawClient(server.getPort())) {
      client.send("POST /1 HTTP/1.1\nHost: x\nContent-Length: 20000\n\n" + body);
      client.readUntil("/1");
      client.send("POST /2 HTTP/1.1\nHost: x\nContent-Length: 20000\n\n" + body);
      client.readUntil("/2");
    }
  }

  @Test
  void aBodyThatIsCancelledIsThrownAway() {
    WebServer server =
        servers.start(
            (request, response) ->
                request
                    .getBody()
                    .next()
                    .flatMap(first -> response.writeWith(Mono.just(utf8("enough")))));
    try (RawClient client = new RawClient(server.getPort())) {
      for (int i = 0; i < 2; i++) {
        client.send("POST / HTTP/1.1\nHost: x\nContent-Length: 6\n\nabc");
        client.readUntil("enough");
        client.send("def");
      }
      // How much more comes of this one nobody knows: the head tells that it is the last.
      client.send("POST / HTTP/1.1\nHost: x\nTransfer-Encoding: chunked\n\n3\nabc\n");
      assertThat(client.readUntil("enough")).contains("Connection: close");
    }
  }

  @Test
  void continueIsSentWhenTheBodyIsAskedFor() {
    Sinks.Empty<Void> go = Sinks.empty();
    WebServer server =
        servers.start(
            (request, response) ->
                go.asMono().then(Mono.defer(() -> response.writeWith(request.getBody()))));
    try (RawClient client = new RawClient(server.getPort())) {
      client.send("POST / HTTP/1.1\nHost: x\nExpect: 100-continue\nContent-Length: 3\n\n");
      go.tryEmitEmpty().orThrow();
      assertThat(client.readUntil("\n\n")).startsWith("HTTP/1.1 100 Continue");
      assertThat(client.send("abc").readUntil("abc")).startsWith("HTTP/1.1 200");
    }
  }

  @Test
  void anExpectationThatIsNotMetEndsTheConnection() {
    WebServer server =
        servers.start(
            (request, response) -> {
              response.setStatusCode(HttpStatus.FORBIDDEN);
              return response.setComplete();
            });
    try (RawClient client = new RawClient(server.getPort())) {
      client.send("POST / HTTP/1.1\nHost: x\nExpect: 100-continue\nContent-Length: 3\n\n");
      assertThat(client.readAll()).startsWith("HTTP/1.1 403").contains("Connection: close");
    }
  }

  private static final class CountingStream extends InputStream {
    private final AtomicLong handedOver;
    private long left;

    CountingStream(long length, AtomicLong handedOver) {
      this.left = length;
      this.handedOver = handedOver;
    }

    @Override
    public int read() {
      return left-- > 0 ? 'x' : -1;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) {
      if (left <= 0) {
        return -1;
      }
      int n = (int) Math.min(left, length);
      left -= n;
      handedOver.addAndGet(n);
      return n;
    }
  }
}
