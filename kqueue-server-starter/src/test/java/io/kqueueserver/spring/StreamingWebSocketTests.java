package io.kqueueserver.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.spring.ws.MessagePiece;
import io.kqueueserver.spring.ws.StreamingWebSocketHandler;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.web.server.reactive.context.ReactiveWebServerApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.reactive.HandlerMapping;
import org.springframework.web.reactive.handler.SimpleUrlHandlerMapping;
import org.springframework.web.reactive.socket.WebSocketHandler;
import org.springframework.web.reactive.socket.WebSocketSession;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Messages beyond {@code max-message-size}, which a handler receives in pieces. */
class StreamingWebSocketTests {
  private static final int FRAME = 64 * 1024;

  private static ReactiveWebServerApplicationContext context;

  /** Names of failures that handlers received. */
  private static final BlockingQueue<String> failures = new LinkedBlockingQueue<>();

  @BeforeAll
  static void start() {
    context =
        ReactiveApplication.start(Handlers.class, "--kqueue.server.websocket.close-timeout=500ms");
  }

  @AfterAll
  static void stop() {
    context.close();
  }

  private static final class Client implements WebSocket.Listener {
    final BlockingQueue<String> events = new LinkedBlockingQueue<>();

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
      events.add(data.toString());
      socket.request(1);
      return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
      events.add("CLOSE " + code);
      return null;
    }

    String next() throws InterruptedException {
      return String.valueOf(events.poll(20, TimeUnit.SECONDS));
    }
  }

  private static WebSocket connect(String path, Client client) throws Exception {
    URI uri = URI.create("ws://localhost:" + context.getWebServer().getPort() + path);
    return HttpClient.newHttpClient()
        .newWebSocketBuilder()
        .buildAsync(uri, client)
        .get(10, TimeUnit.SECONDS);
  }

  private static void send(WebSocket socket, int bytes, boolean last) throws Exception {
    socket.sendBinary(ByteBuffer.allocate(bytes), last).get(10, TimeUnit.SECONDS);
  }

  @Test
  void aMessageBeyondTheLimitArrivesInPieces() throws Exception {
    Client client = new Client();
    WebSocket socket = connect("/sizes", client);
    for (int i = 1; i < 160; i++) {
      send(socket, FRAME, false);
    }
    send(socket, FRAME, true);
    assertThat(client.next()).isEqualTo("BINARY of " + 160 * FRAME);
    socket.sendText("short", true).get(10, TimeUnit.SECONDS);
    assertThat(client.next()).isEqualTo("TEXT of 5");
    socket.sendClose(1000, "").get(10, TimeUnit.SECONDS);
    assertThat(client.next()).isEqualTo("CLOSE 1000");
  }

  @Test
  void anEndInsideAMessageIsAFailure() throws Exception {
    WebSocket socket = connect("/failing", new Client());
    send(socket, FRAME, false);
    socket.abort();
    assertThat(failures.poll(10, TimeUnit.SECONDS)).contains("ended inside a message");
  }

  @Test
  void receivingWholeMessagesIsAFailure() throws Exception {
    Client client = new Client();
    connect("/receive", client);
    assertThat(client.next()).isEqualTo("CLOSE 1011");
  }

  /** As on another server, where the session is not ours. */
  @Test
  void behindADecoratorEachMessageIsOnePiece() throws Exception {
    Client client = new Client();
    WebSocket socket = connect("/decorated", client);
    send(socket, 1000, false);
    send(socket, 1000, true);
    assertThat(client.next()).isEqualTo("BINARY of 2000");
    send(socket, FRAME, false);
    send(socket, FRAME, true);
    assertThat(client.next()).isEqualTo("CLOSE 1009");
  }

  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  static class Handlers {
    @Bean
    HandlerMapping sockets() {
      StreamingWebSocketHandler sizes = Handlers::sizes;
      StreamingWebSocketHandler failing =
          (session, pieces) -> pieces.doOnError(e -> failures.add(e.toString())).then();
      StreamingWebSocketHandler receive = (session, pieces) -> session.receive().then();
      WebSocketHandler decorated = session -> sizes.handle(session);
      return new SimpleUrlHandlerMapping(
          Map.of(
              "/sizes", sizes, "/failing", failing, "/receive", receive, "/decorated", decorated),
          -1);
    }

    private static Mono<Void> sizes(WebSocketSession session, Flux<MessagePiece> pieces) {
      return session.send(
          pieces
              .windowUntil(MessagePiece::last, false, 1)
              .concatMap(Handlers::size)
              .map(session::textMessage));
    }

    private static Mono<String> size(Flux<MessagePiece> message) {
      return message
          .collect(Size::new, Size::add)
          .filter(size -> size.type != null) // the window behind the last message
          .map(size -> size.type + " of " + size.bytes);
    }
  }

  private static final class Size {
    private String type;
    private long bytes;

    void add(MessagePiece piece) {
      type = piece.type().name();
      bytes += piece.payload().readableByteCount();
    }
  }
}
