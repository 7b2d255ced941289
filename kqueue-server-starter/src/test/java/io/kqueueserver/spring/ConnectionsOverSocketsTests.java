package io.kqueueserver.spring;

import static io.kqueueserver.spring.WebServerExtension.request;
import static io.kqueueserver.spring.WebServerExtension.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.boot.web.server.WebServer;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.web.util.DisconnectedClientHelper;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Clients that leave, and what follows one request on its connection. */
class ConnectionsOverSocketsTests {
  private static final String GET = "GET / HTTP/1.1\nHost: x\n\n";

  @RegisterExtension final WebServerExtension servers = new WebServerExtension();

  @Test
  void aClientThatClosesCancelsAHandlerThatIsThinking() {
    assertThatTheHandlerIsCancelledBy(RawClient::close);
  }

  @Test
  void aClientThatResetsCancelsAHandlerThatIsThinking() {
    assertThatTheHandlerIsCancelledBy(RawClient::abort);
  }

  @Test
  void aClientThatClosesItsSendingSideHasGone() {
    assertThatTheHandlerIsCancelledBy(RawClient::closeSendingSide);
  }

  private void assertThatTheHandlerIsCancelledBy(Consumer<RawClient> leave) {
    AtomicInteger running = new AtomicInteger();
    AtomicInteger cancels = new AtomicInteger();
    AtomicInteger errors = new AtomicInteger();
    WebServer server =
        servers.start(
            (request, response) -> {
              running.incrementAndGet();
              return Mono.<Void>never()
                  .doOnCancel(cancels::incrementAndGet)
                  .doOnError(e -> errors.incrementAndGet());
            });
    try (RawClient client = new RawClient(server.getPort())) {
      client.send(GET);
      await().until(() -> running.get() == 1);
      leave.accept(client);
      await().until(() -> cancels.get() == 1);
      assertThat(errors).hasValue(0);
    }
  }

  @Test
  void aClientThatLeavesDuringTheResponseStopsTheSource() {
    AtomicBoolean cancelled = new AtomicBoolean();
    WebServer server =
        servers.start(
            (request, response) ->
                response.writeWith(
                    Flux.<DataBuffer>generate(sink -> sink.next(utf8("x".repeat(10_000))))
                        .doOnCancel(() -> cancelled.set(true))));
    try (RawClient client = new RawClient(server.getPort())) {
      client.send(GET).readUntil("xxx");
      client.abort();
      await().untilTrue(cancelled);
    }
  }

  @Test
  void aClientThatLeavesInItsBodyIsRecognisedAsSuch() {
    AtomicReference<Throwable> error = new AtomicReference<>();
    WebServer server =
        servers.start(
            (request, response) -> {
              request.getBody().subscribe(DataBufferUtils::release, error::set);
              return Mono.never();
            });
    try (RawClient client = new RawClient(server.getPort())) {
      client.send("POST / HTTP/1.1\nHost: x\nContent-Length: 10\n\nabc");
    }
    await().until(() -> error.get() != null);
    assertThat(DisconnectedClientHelper.isClientDisconnectedException(error.get())).isTrue();
  }

  @Test
  void requestsOnOneConnectionAreServedInOrder() {
    WebServer server =
        servers.start(
            (request, response) ->
                Mono.just(utf8(request.getURI().getPath()))
                    .delayElement(
                        Duration.ofMillis(request.getURI().getPath().equals("/1") ? 50 : 0))
                    .flatMap(body -> response.writeWith(Mono.just(body))));
    try (RawClient client = new RawClient(server.getPort())) {
      client.send("GET /1 HTTP/1.1\nHost: x\n\nGET /2 HTTP/1.1\nHost: x\n\n");
      assertThat(client.readUntil("/2")).contains("/1");
    }
  }
}
