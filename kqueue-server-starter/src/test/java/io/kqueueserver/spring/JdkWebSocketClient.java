package io.kqueueserver.spring;

import java.io.ByteArrayOutputStream;
import java.net.CookieManager;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.reactivestreams.Publisher;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.web.reactive.socket.CloseStatus;
import org.springframework.web.reactive.socket.HandshakeInfo;
import org.springframework.web.reactive.socket.WebSocketHandler;
import org.springframework.web.reactive.socket.WebSocketMessage;
import org.springframework.web.reactive.socket.adapter.AbstractWebSocketSession;
import org.springframework.web.reactive.socket.client.WebSocketClient;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** The client of {@code java.net.http} as Spring's interface: Spring has none for it. */
final class JdkWebSocketClient implements WebSocketClient {
  @Override
  public Mono<Void> execute(URI url, WebSocketHandler handler) {
    return execute(url, new HttpHeaders(), handler);
  }

  @Override
  public Mono<Void> execute(URI url, HttpHeaders fields, WebSocketHandler handler) {
    CookieManager cookies = new CookieManager();
    WebSocket.Builder builder =
        HttpClient.newBuilder().cookieHandler(cookies).build().newWebSocketBuilder();
    fields.forEach((name, values) -> values.forEach(value -> builder.header(name, value)));
    List<String> offered = handler.getSubProtocols();
    if (!offered.isEmpty()) {
      builder.subprotocols(
          offered.get(0), offered.subList(1, offered.size()).toArray(String[]::new));
    }
    Sinks.Empty<Void> completion = Sinks.empty();
    WebSocket.Listener listener =
        new WebSocket.Listener() {
          private Session session;

          @Override
          public void onOpen(WebSocket socket) {
            HttpHeaders answered = new HttpHeaders(); // of them the client shows only its cookies
            cookies
                .getCookieStore()
                .getCookies()
                .forEach(cookie -> answered.add(HttpHeaders.SET_COOKIE, cookie.toString()));
            String chosen = socket.getSubprotocol().isEmpty() ? null : socket.getSubprotocol();
            session = new Session(socket, new HandshakeInfo(url, answered, Mono.empty(), chosen));
            handler
                .handle(session)
                .then(session.close())
                .subscribe(null, completion::tryEmitError, completion::tryEmitEmpty);
            socket.request(1);
          }

          @Override
          public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
            session.text(data, last);
            socket.request(1);
            return null;
          }

          @Override
          public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
            session.binary(data, last);
            socket.request(1);
            return null;
          }

          @Override
          public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
            session.closed(CloseStatus.create(code, reason));
            return null;
          }

          @Override
          public void onError(WebSocket socket, Throwable error) {
            session.failed(error);
          }
        };
    return Mono.fromFuture(() -> builder.buildAsync(url, listener)).then(completion.asMono());
  }

  private static final class Session extends AbstractWebSocketSession<WebSocket> {
    private final Sinks.Many<WebSocketMessage> received =
        Sinks.many().unicast().onBackpressureBuffer();
    private final Sinks.One<CloseStatus> status = Sinks.one();
    private final StringBuilder text = new StringBuilder();
    private final ByteArrayOutputStream binary = new ByteArrayOutputStream();

    Session(WebSocket socket, HandshakeInfo handshake) {
      super(socket, "jdk", handshake, DefaultDataBufferFactory.sharedInstance);
    }

    void text(CharSequence data, boolean last) {
      text.append(data);
      if (last) {
        received.tryEmitNext(textMessage(text.toString())).orThrow();
        text.setLength(0);
      }
    }

    void binary(ByteBuffer data, boolean last) {
      while (data.hasRemaining()) {
        binary.write(data.get());
      }
      if (last) {
        byte[] whole = binary.toByteArray();
        binary.reset();
        received.tryEmitNext(binaryMessage(factory -> factory.wrap(whole))).orThrow();
      }
    }

    void closed(CloseStatus by) {
      status.tryEmitValue(by);
      received.tryEmitComplete();
    }

    void failed(Throwable error) {
      status.tryEmitEmpty();
      received.tryEmitError(error);
    }

    @Override
    public Flux<WebSocketMessage> receive() {
      return received.asFlux();
    }

    @Override
    public Mono<Void> send(Publisher<WebSocketMessage> messages) {
      return Flux.from(messages)
          .concatMap(message -> Mono.fromFuture(() -> send(message)), 1)
          .then();
    }

    private CompletableFuture<WebSocket> send(WebSocketMessage message) {
      if (message.getType() == WebSocketMessage.Type.TEXT) {
        return getDelegate().sendText(message.getPayloadAsText(), true);
      }
      byte[] bytes = new byte[message.getPayload().readableByteCount()];
      message.getPayload().read(bytes);
      return getDelegate().sendBinary(ByteBuffer.wrap(bytes), true);
    }

    @Override
    public boolean isOpen() {
      return !getDelegate().isOutputClosed();
    }

    @Override
    public Mono<Void> close(CloseStatus with) {
      String reason = with.getReason() == null ? "" : with.getReason();
      return Mono.defer(
          () ->
              isOpen()
                  ? Mono.fromFuture(getDelegate().sendClose(with.getCode(), reason)).then()
                  : Mono.empty());
    }

    @Override
    public Mono<CloseStatus> closeStatus() {
      return status.asMono();
    }
  }
}
