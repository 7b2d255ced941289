package io.kqueueserver.server;

import static io.kqueueserver.http.ws.ClientFrames.PONG;
import static io.kqueueserver.http.ws.ClientFrames.close;
import static io.kqueueserver.http.ws.ClientFrames.frame;
import static io.kqueueserver.http.ws.ClientFrames.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.ws.Handshake;
import io.kqueueserver.http.ws.Opcode;
import io.kqueueserver.server.ws.Delivery;
import io.kqueueserver.server.ws.LoopWebSockets;
import io.kqueueserver.server.ws.WebSocket;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Errors that a JVM throws anywhere, in each call of a session's listener and in what it has given
 * to be called: they end that session, all is given back, and other sessions go on.
 */
class WebSocketErrorsTest {
  private static final int LARGE = 64 * 1024;

  /** Where the listener throws, and what its client sees of it. */
  enum Place {
    OPEN("CLOSE 1011"),
    MESSAGE("CLOSE 1011"),
    PIECE("CLOSE 1011"),
    PONG("CLOSE 1011"),
    WRITABLE("CLOSE 1011"),
    /** The closing handshake goes on. */
    CLOSE("CLOSE 1000"),
    END("CLOSE 1000"),
    RELEASE("CLOSE 1011"),
    /** A callback of the stream. */
    SENT("RESET");

    private final String seen;

    Place(String seen) {
      this.seen = seen;
    }
  }

  /** The errors, and one exception. */
  enum Fatal {
    LINKAGE,
    STACK,
    MEMORY,
    ORDINARY;

    RuntimeException thrown() {
      switch (this) {
        case LINKAGE -> throw new NoClassDefFoundError("on purpose");
        case STACK -> throw new StackOverflowError("on purpose");
        case MEMORY -> throw new OutOfMemoryError("on purpose");
        default -> {
          return new IllegalStateException("on purpose");
        }
      }
    }
  }

  @RegisterExtension final ServerExtension server = ServerExtension.with(b -> b.loops(1));

  private final List<String> calls = new CopyOnWriteArrayList<>();
  private final AtomicInteger sent = new AtomicInteger();
  private final AtomicInteger released = new AtomicInteger();
  private final BlockingQueue<WebSocket> sockets = new LinkedBlockingQueue<>();
  private volatile Place place = Place.OPEN;
  private volatile Fatal fatal = Fatal.LINKAGE;

  private final class Throwing extends EchoListener {
    Throwing(WebSocket socket) {
      super(socket);
    }

    private void at(Place here) {
      calls.add(here.name());
      if (here == place) {
        throw fatal.thrown();
      }
    }

    @Override
    public void onOpen() {
      sockets.add(socket);
      socket.demand(Long.MAX_VALUE);
      at(Place.OPEN);
    }

    @Override
    public void onMessage(Opcode type, byte[] payload) {
      at(Place.MESSAGE);
      if (place == Place.WRITABLE) {
        fill();
      } else if (place == Place.RELEASE) {
        socket.send(type, ByteBuffer.wrap(payload), () -> at(Place.RELEASE));
      } else if (place == Place.SENT) {
        socket.send(type, ByteBuffer.wrap(payload), null);
        socket.whenSent(() -> at(Place.SENT));
      }
    }

    private void fill() {
      while (socket.isWritable()) {
        sent.incrementAndGet();
        socket.send(
            Opcode.BINARY, ByteBuffer.wrap(new byte[LARGE]), () -> released.incrementAndGet());
      }
    }

    @Override
    public void onPiece(Opcode type, byte[] payload, boolean last) {
      at(Place.PIECE);
    }

    @Override
    public void onPong(byte[] payload) {
      at(Place.PONG);
    }

    @Override
    public void onWritable() {
      at(Place.WRITABLE);
    }

    @Override
    public void onClose(int code, String reason) {
      at(Place.CLOSE);
    }

    @Override
    public void onEnd() {
      at(Place.END);
    }
  }

  @BeforeEach
  void serve() {
    server.on("/echo", exchange -> WebSocketServerTest.upgrade(exchange, EchoListener::new));
    server.on(
        "/ws",
        exchange -> {
          LoopWebSockets webSockets = exchange.service(LoopWebSockets.class);
          Handshake handshake = Handshake.of(exchange.request(), webSockets.options());
          Delivery delivery = place == Place.PIECE ? Delivery.PIECES : Delivery.WHOLE;
          webSockets.open(exchange, handshake, null, HeaderSource.NONE, delivery, Throwing::new);
        });
  }

  static Stream<Arguments> errorsAtPlaces() {
    return Arrays.stream(Place.values())
        .flatMap(place -> Arrays.stream(Fatal.values()).map(fatal -> Arguments.of(place, fatal)));
  }

  @ParameterizedTest
  @MethodSource("errorsAtPlaces")
  void anErrorEndsItsOwnSessionOnly(Place where, Fatal what) {
    place = where;
    fatal = what;
    WirePeer wire = server.connect();
    wire.send(WebSocketPeer.OFFER.replace("/ws", "/echo") + "\r\n").response();
    WebSocketPeer other = WebSocketPeer.on(wire);

    WebSocketPeer peer = WebSocketPeer.open(server.connect(), "");
    switch (where) {
      case OPEN -> {}
      case PONG -> peer.send(frame(PONG, "p"));
      case CLOSE, END -> peer.send(close(1000, ""));
      default -> peer.send(text("x"));
    }
    assertThat(last(peer)).isEqualTo(where.seen);
    peer.finish();

    await().until(() -> calls.contains(Place.END.name()));
    assertThat(calls).contains(where.name()).containsOnlyOnce(Place.CLOSE.name());
    assertThat(calls).last().isEqualTo(Place.END.name());
    assertThat(other.send(text("still here")).next()).isEqualTo("TEXT still here");
    assertThat(released.get()).isEqualTo(sent.get());
  }

  /** The last thing that comes before the end, or the end. */
  private static String last(WebSocketPeer peer) {
    String next = peer.next();
    while (next.startsWith("TEXT ") || next.startsWith("BINARY ")) {
      next = peer.next();
    }
    return next;
  }

  /** Messages that wait are dropped at the end; the error of one's release keeps no other back. */
  @ParameterizedTest
  @EnumSource
  void anErrorInTheReleaseOfADroppedMessageLeavesNothingBehind(Fatal what) throws Exception {
    place = Place.PONG; // none that is met
    WebSocketPeer peer = WebSocketPeer.open(server.connect(), "");
    WebSocket socket = sockets.take();

    socket.stream()
        .execute(
            () -> {
              while (socket.isWritable()) {
                send(socket, released::incrementAndGet);
              }
              send(
                  socket,
                  () -> {
                    released.incrementAndGet();
                    throw what.thrown();
                  });
              send(socket, released::incrementAndGet);
              socket.abort("on purpose");
            });

    await().until(() -> calls.contains(Place.END.name()));
    await().untilAsserted(() -> assertThat(released.get()).isEqualTo(sent.get()));
    assertThat(last(peer)).isEqualTo("RESET");
  }

  private void send(WebSocket socket, Runnable release) {
    sent.incrementAndGet();
    socket.send(Opcode.BINARY, ByteBuffer.wrap(new byte[LARGE]), release);
  }
}
