package io.kqueueserver.server.ws;

import static io.kqueueserver.http.ws.ClientFrames.BINARY;
import static io.kqueueserver.http.ws.ClientFrames.FIN;
import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.http.ByteStream;
import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.Headers;
import io.kqueueserver.http.HttpVersion;
import io.kqueueserver.http.RequestHead;
import io.kqueueserver.http.StreamHandler;
import io.kqueueserver.http.ws.ClientFrames;
import io.kqueueserver.http.ws.CloseCode;
import io.kqueueserver.http.ws.Handshake;
import io.kqueueserver.http.ws.MessageLimits;
import io.kqueueserver.http.ws.Opcode;
import io.kqueueserver.http.ws.WebSocketOptions;
import io.kqueueserver.http.ws.WebSocketTimeouts;
import io.kqueueserver.loop.LoopThread;
import io.kqueueserver.stats.LoopStats;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What counts as silence of a peer, and when a close is late, on a clock that the test moves. */
class SessionSilenceTest {
  private static final long SECOND = 1_000_000_000L;
  private static final int LENGTH = 16 << 20;

  private final List<String> ends = new ArrayList<>();
  private final List<byte[]> messages = new ArrayList<>();
  private @Nullable WebSocket socket;

  private long now;
  private long due = Long.MAX_VALUE;
  private long unsent;
  private boolean kernelTakes = true;
  private boolean finished;
  private boolean reset;
  private @Nullable StreamHandler session;

  private final class Listener implements WebSocketListener {
    @Override
    public void onOpen() {
      Objects.requireNonNull(socket).demand(Long.MAX_VALUE);
    }

    @Override
    public void onMessage(Opcode type, byte[] payload) {
      messages.add(payload);
    }

    @Override
    public void onClose(int code, String reason) {
      ends.add(code + " " + reason);
    }

    @Override
    public void onEnd() {}
  }

  private static <T> T proxy(Class<T> type, Map<String, InvocationHandler> methods) {
    InvocationHandler nothing = (self, method, arguments) -> null;
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) ->
                methods.getOrDefault(method.getName(), nothing).invoke(self, method, arguments)));
  }

  private ByteStream stream() {
    return proxy(
        ByteStream.class,
        Map.of(
            "write",
            (self, method, arguments) -> {
              ByteBuffer data = (ByteBuffer) arguments[0];
              unsent += kernelTakes ? 0 : data.remaining();
              return null;
            },
            "isWritable",
            (self, method, arguments) -> unsent == 0,
            "unsentBytes",
            (self, method, arguments) -> unsent,
            "isFinished",
            (self, method, arguments) -> finished,
            "finish",
            (self, method, arguments) -> {
              finished = true;
              return null;
            },
            "reset",
            (self, method, arguments) -> {
              due = Long.MAX_VALUE;
              reset = true;
              Objects.requireNonNull(session).onEnd((ExchangeException) arguments[0]);
              return null;
            },
            "deadline",
            (self, method, arguments) -> due = now + (long) arguments[0]));
  }

  private StreamHandler open(long pingSeconds) {
    WebSocketTimeouts timeouts =
        new WebSocketTimeouts(pingSeconds * SECOND, 60 * SECOND, 0, 5 * SECOND);
    WebSocketOptions options =
        new WebSocketOptions(
            new MessageLimits(LENGTH, LENGTH, 1024, 16, 200), false, false, 64, 1024, timeouts, 0);
    LoopThread clock = proxy(LoopThread.class, Map.of("now", (self, method, arguments) -> now));
    LoopWebSockets loop = new WebSockets(options).on(clock, new LoopStats());
    List<StreamHandler> opened = new ArrayList<>();
    Exchange exchange =
        proxy(
            Exchange.class,
            Map.of(
                "switchTo", (self, method, arguments) -> opened.add((StreamHandler) arguments[1])));
    RequestHead head =
        proxy(
            RequestHead.class,
            Map.of(
                "method", (self, method, arguments) -> "CONNECT",
                "protocol", (self, method, arguments) -> "websocket",
                "version", (self, method, arguments) -> HttpVersion.HTTP_2,
                "contentLength", (self, method, arguments) -> 0L,
                "headers", (self, method, arguments) -> Headers.EMPTY));
    loop.open(
        exchange,
        Handshake.of(head, options),
        null,
        HeaderSource.NONE,
        made -> {
          socket = made;
          return new Listener();
        });
    StreamHandler made = opened.get(0);
    session = made;
    made.onOpen(stream());
    return made;
  }

  /** Moves the clock, and keeps the deadlines on the way. */
  private void pass(StreamHandler session, int seconds) {
    long end = now + seconds * SECOND;
    while (due <= end) {
      now = Math.max(now, due);
      due = Long.MAX_VALUE;
      session.onDeadline();
    }
    now = end;
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 30})
  void aPeerThatSendsNothingForIdleTimeoutIsLeft(long ping) {
    StreamHandler session = open(ping);
    pass(session, 59);
    assertThat(ends).isEmpty();
    pass(session, 1);
    assertThat(ends).containsExactly("1006 the client was silent for too long");
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 30})
  void aFrameThatArrivesForLongerThanIdleTimeoutIsNoSilence(long ping) {
    StreamHandler session = open(ping);
    byte[] frame = ClientFrames.frame(FIN | BINARY, new byte[LENGTH]);
    int piece = frame.length / 8;
    for (int at = 0; at < frame.length; at += piece) {
      session.onBytes(ByteBuffer.wrap(frame, at, Math.min(piece, frame.length - at)));
      pass(session, 50);
    }
    assertThat(ends).isEmpty();
    assertThat(messages).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 30})
  void aPeerThatStillTakesAMessageIsNotSilent(long ping) {
    StreamHandler session = open(ping);
    kernelTakes = false;
    Objects.requireNonNull(socket).send(Opcode.BINARY, ByteBuffer.allocate(LENGTH), null);
    for (int i = 0; i < 8; i++) {
      pass(session, 50);
      unsent -= LENGTH / 16;
    }
    assertThat(ends).isEmpty();
    pass(session, 120);
    assertThat(ends)
        .as("it takes no more")
        .containsExactly("1006 the client was silent for too long");
  }

  @Test
  void messagesThatTheKernelTakesAtOnceAreNoSignOfThePeer() {
    StreamHandler session = open(30);
    for (int i = 0; i < 6; i++) {
      Objects.requireNonNull(socket).send(Opcode.BINARY, ByteBuffer.allocate(100), null);
      pass(session, 10);
    }
    assertThat(ends).containsExactly("1006 the client was silent for too long");
  }

  // ---- close-timeout, of 5 s

  /** A session that closes behind two messages, the first of which the kernel does not take. */
  private StreamHandler closing(boolean byPeer) {
    StreamHandler made = open(0);
    kernelTakes = false;
    send();
    send();
    if (byPeer) {
      made.onBytes(ByteBuffer.wrap(ClientFrames.close(CloseCode.NORMAL, "")));
    } else {
      Objects.requireNonNull(socket).close(CloseCode.NORMAL, "");
    }
    return made;
  }

  private void send() {
    Objects.requireNonNull(socket).send(Opcode.BINARY, ByteBuffer.allocate(LENGTH), null);
  }

  private void takeAll(StreamHandler made) {
    unsent = 0;
    made.onWritable();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aCloseWaitsWhileThePeerTakesMessagesBeforeIt(boolean byPeer) {
    StreamHandler made = closing(byPeer);
    for (int i = 0; i < 12; i++) {
      unsent -= LENGTH / 16;
      pass(made, 4);
    }
    takeAll(made);
    assertThat(unsent).as("the second message was not dropped").isGreaterThan(LENGTH);
    for (int i = 0; i < 12; i++) {
      unsent -= LENGTH / 16;
      pass(made, 4);
    }
    assertThat(finished).isFalse();
    takeAll(made);
    assertThat(finished).as("FIN is behind the second Close").isEqualTo(byPeer);
    assertThat(reset).isFalse();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aPeerThatTakesNoMoreAfterACloseIsReset(boolean byPeer) {
    StreamHandler made = closing(byPeer);
    unsent -= LENGTH / 16;
    pass(made, 9);
    assertThat(finished).isFalse();
    pass(made, 1); // 5 s after the look that saw bytes leave
    assertThat(finished).as("the queue is dropped").isTrue();
    assertThat(reset).isFalse();
    pass(made, 5);
    assertThat(reset).isTrue();
  }

  @Test
  void afterAProtocolErrorTheEndDoesNotWaitForBytesThatThePeerTakes() {
    StreamHandler made = open(0);
    kernelTakes = false;
    send();
    made.onBytes(ByteBuffer.wrap(ClientFrames.frame(FIN | 3, new byte[0]))); // reserved
    for (int i = 0; i < 4; i++) {
      unsent -= LENGTH / 16;
      pass(made, 1);
    }
    assertThat(finished).isTrue();
    assertThat(reset).isFalse();
    unsent -= LENGTH / 16;
    pass(made, 1);
    assertThat(reset).isTrue();
  }
}
