package io.kqueueserver.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.ExchangeException.Reason;
import io.kqueueserver.http.HttpException;
import io.kqueueserver.http.RequestHead;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A fault of a peer costs the server no stack walk, and no exception without a listener. */
class PeerFaultTest {
  private static final int REQUESTS = 200;

  @RegisterExtension final ServerExtension server = new ServerExtension();

  private void sendMalformedRequests() {
    for (int i = 0; i < REQUESTS; i++) {
      try (WirePeer peer = WirePeer.connect(server.port())) {
        assertThat(peer.send("GET / HTTP/1.1\r\nHost : t\r\n\r\n").response().status())
            .isEqualTo(400);
      }
    }
  }

  @Test
  void malformedRequestsWithoutAListenerMakeNoExchangeException(@TempDir Path folder)
      throws Exception {
    Path file = folder.resolve("exceptions.jfr");
    try (Recording recording = new Recording()) {
      recording.enable("jdk.JavaExceptionThrow").withoutStackTrace();
      recording.start();
      sendMalformedRequests();
      // Requests that are cut off, refused in their body, or whose response nobody takes, too.
      server.connect().send("POST /no HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\n").reset();
      server.on("/wait", exchange -> {});
      server.connect().get("/wait").reset();
      await().until(() -> server.server().activeExchanges() == 0);
      recording.stop();
      recording.dump(file);
    }
    List<String> thrown =
        RecordingFile.readAllEvents(file).stream()
            .filter(event -> event.getEventType().getName().equals("jdk.JavaExceptionThrow"))
            .map(event -> event.getClass("thrownClass").getName())
            .toList();
    assertThat(thrown).doesNotContain(ExchangeException.class.getName());
    assertThat(thrown.stream().filter(HttpException.class.getName()::equals)).hasSize(REQUESTS);
  }

  @Test
  void whoListensHearsOfThemWithoutStacks() {
    Queue<Throwable> heard = new ConcurrentLinkedQueue<>();
    Queue<Throwable> refused = new ConcurrentLinkedQueue<>();
    server.restart(
        builder ->
            builder.addListener(
                new ServerListener() {
                  @Override
                  public boolean wantsExchangeEnds() {
                    return true;
                  }

                  @Override
                  public void onExchangeEnd(EndedExchange exchange) {
                    if (exchange.cause() != null) {
                      heard.add(exchange.cause());
                    }
                  }

                  @Override
                  public void onRefused(@Nullable RequestHead request, HttpException cause) {
                    refused.add(cause);
                  }
                }));

    sendMalformedRequests();

    await().until(() -> heard.size() == REQUESTS);
    assertThat(refused).hasSize(REQUESTS);
    assertThat(heard).allSatisfy(cause -> assertThat(cause.getStackTrace()).isEmpty());
    assertThat(refused).allSatisfy(cause -> assertThat(cause.getStackTrace()).isEmpty());
  }

  @Test
  void aClientThatGoesHasNoStackAndTheApplicationsOwnFaultHas() {
    server.on("/wait", server.listening(exchange -> {}));
    WirePeer peer = server.connect().get("/wait");
    await().until(() -> server.server().activeExchanges() == 1);
    peer.close();

    ExchangeException gone = await().until(server.errors::poll, e -> e != null);
    assertThat(gone.getStackTrace()).isEmpty();
    assertThat(new ExchangeException(Reason.APPLICATION, "too few bytes").getStackTrace())
        .isNotEmpty();
  }
}
