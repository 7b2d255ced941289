package io.kqueueserver.server;

import static io.kqueueserver.http.h2.Frames.frame;
import static io.kqueueserver.http.h2.Frames.int32;
import static io.kqueueserver.http.h2.Frames.octets;
import static io.kqueueserver.http.h2.Frames.setting;
import static io.kqueueserver.server.Http2Peer.rst;
import static io.kqueueserver.server.Http2Peer.settings;
import static io.kqueueserver.server.ServerExtension.answer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.RunningServer;
import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.ExchangeListener;
import io.kqueueserver.http.Headers;
import io.kqueueserver.http.h2.ErrorCode;
import io.kqueueserver.http.h2.FrameFlags;
import io.kqueueserver.http.h2.FrameType;
import io.kqueueserver.http.h2.Http2Defences;
import io.kqueueserver.http.h2.Http2Options;
import io.kqueueserver.http.h2.Setting;
import io.kqueueserver.server.Http2Peer.Frame;
import java.io.ByteArrayOutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Random frames of every type in every state of a connection, on real sockets, some of them wrong.
 * Whatever comes: windows add up, streams and exchanges end once, bytes held stay within their
 * limit, and the connection answers or ends. The seed of a failure is in its message; {@code
 * -Dkqueue.fuzz.seconds} sets how long new seeds are tried.
 */
@Timeout(600)
class Http2ConnectionFuzzTest {
  private static final int SECONDS = Integer.getInteger("kqueue.fuzz.seconds", 4);
  private static final int BATCHES = 6;
  private static final int FRAMES = 10;
  private static final int WINDOW = 1 << 16;
  private static final int MAX_FRAME = 16_384;
  private static final long MAX_HELD_BYTES = 4 << 20;
  private static final String[] PATHS = {"/a", "/echo", "/never", "/one", "/large", "/broken"};
  private static final String[] NONE = {};
  private static final int[] SIZES = {0, 1, 1, 100, 4_000, MAX_FRAME};
  private static final int[] WINDOWS = {0, 1, 1_000, 65_535, 1 << 20};

  @RegisterExtension
  final ServerExtension server =
      ServerExtension.with(
          builder ->
              builder
                  .http2(
                      new Http2Options(
                          false,
                          false,
                          20,
                          4096,
                          1 << 14,
                          WINDOW,
                          0,
                          new Http2Defences(1 << 20, 16, 10, 1 << 20, 256)))
                  .loops(1));

  private final Queue<Ends> exchanges = new ConcurrentLinkedQueue<>();

  /** Counts the ends of an exchange, and hands its body on. */
  private class Ends implements ExchangeListener {
    private final Exchange exchange;
    private final AtomicInteger ends = new AtomicInteger();

    Ends(Exchange exchange) {
      this.exchange = exchange;
      exchanges.add(this);
      exchange.listener(this);
    }

    @Override
    public void onBody(ByteBuffer data) {
      if (exchange.request().path().equals("/echo")) {
        ByteBuffer copy = ByteBuffer.allocate(data.remaining()).put(data).flip();
        exchange.write(copy, () -> {});
        exchange.demand(1);
      }
    }

    @Override
    public void onBodyComplete(Headers trailers) {
      if (exchange.request().path().equals("/echo")) {
        exchange.finish(sink -> sink.field("x", "y"));
      }
    }

    @Override
    public void onComplete() {
      ends.incrementAndGet();
    }

    @Override
    public void onError(ExchangeException cause) {
      ends.incrementAndGet();
    }
  }

  @BeforeEach
  void handlers() {
    server.on("/a", x -> answer(new Ends(x).exchange, 200, "alpha"));
    server.on("/never", Ends::new);
    server.on("/one", x -> new Ends(x).exchange.demand(1));
    server.on("/echo", this::echo);
    server.on("/large", this::respondAtLength);
    server.on("/broken", this::breakOff);
  }

  private void echo(Exchange exchange) {
    exchange.respond(200, ServerExtension.TEXT, Exchange.UNKNOWN_LENGTH);
    new Ends(exchange).exchange.demand(1);
  }

  private void respondAtLength(Exchange exchange) {
    new Ends(exchange);
    exchange.respond(200, ServerExtension.TEXT, 100_000);
    exchange.write(ByteBuffer.allocate(40_000), () -> {});
    exchange.write(ByteBuffer.allocate(60_000), null);
    exchange.finish();
  }

  private void breakOff(Exchange exchange) {
    new Ends(exchange);
    exchange.respond(200, ServerExtension.TEXT, 3_000);
    exchange.write(ByteBuffer.allocate(2_000), null);
    exchange.reset(new ExchangeException(ExchangeException.Reason.APPLICATION, "on purpose"));
  }

  private RunningServer served() {
    return Objects.requireNonNull(server.server().running());
  }

  @Test
  void whateverFramesComeTheInvariantsHold(TestReporter reporter) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    int seed = 0;
    int survived = 0;
    for (; System.nanoTime() < deadline; seed++) {
      try {
        survived += new Client(new Random(seed)).run() ? 1 : 0;
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
      }
    }
    reporter.publishEntry("connections", Integer.toString(seed));
    reporter.publishEntry("that lived to the end", Integer.toString(survived));
    assertThat(survived).isPositive();
    await().until(() -> served().activeExchanges() == 0 && served().heldBytes() == 0);
    assertThat(exchanges).isNotEmpty().allMatch(ends -> ends.ends.get() == 1);
  }

  /** One connection. */
  private final class Client {
    private final Random random;
    private final Http2Peer peer = Http2Peer.clear(server.port());
    private final Http2ClientModel model = new Http2ClientModel();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private int highest = -1;
    private boolean isOpen = true;

    Client(Random random) {
      this.random = random;
    }

    /** Whether the server has kept the connection. */
    boolean run() {
      try (peer) {
        out.writeBytes(Http2Peer.PREFACE);
        changeWindow();
        for (int i = 0; i < BATCHES && isOpen; i++) {
          for (int frames = random.nextInt(FRAMES); frames >= 0; frames--) {
            add();
          }
          exchange();
          assertThat(served().heldBytes()).isLessThanOrEqualTo(MAX_HELD_BYTES);
        }
        if (isOpen) {
          end();
        }
        return isOpen;
      }
    }

    /** Ends every stream: then the window of the connection is whole, but for what is saved up. */
    private void end() {
      for (int id = 1; id <= highest; id += 2) {
        out.writeBytes(rst(id, ErrorCode.CANCEL));
      }
      exchange();
      if (isOpen) {
        assertThat(model.sendCredit()).as("credit").isBetween(WINDOW / 2L, (long) WINDOW);
      }
    }

    private int some() {
      return random.nextInt(40) == 0 ? random.nextInt(60) : 1 + 2 * random.nextInt(highest / 2 + 2);
    }

    private boolean one(int of) {
      return random.nextInt(of) == 0;
    }

    private void add() {
      switch (random.nextInt(12)) {
        case 0, 1, 2 -> open();
        case 3, 4, 5 -> body();
        case 6 -> out.writeBytes(rst(existing(), ErrorCode.CANCEL));
        case 7, 8 -> credit();
        case 9 -> changeWindow();
        case 10 -> trailers();
        default -> rare();
      }
    }

    private int existing() {
      return highest < 1 || one(200) ? some() : 1 + 2 * random.nextInt(highest / 2 + 1);
    }

    private void open() {
      int id = one(100) ? some() : highest + 2;
      highest = Math.max(highest, id);
      model.opens(id);
      boolean end = random.nextBoolean();
      String path = PATHS[random.nextInt(PATHS.length)];
      String[] fields = one(5) ? new String[] {"content-length: " + random.nextInt(200)} : NONE;
      out.writeBytes(peer.request(id, end, end ? "GET" : "POST", path, fields));
    }

    private void body() {
      byte[] body = new byte[SIZES[random.nextInt(SIZES.length)]];
      if (model.sendCredit() >= body.length || one(20)) {
        out.writeBytes(model.uses(existing(), one(4), body));
      }
    }

    private void credit() {
      int id = one(2) ? 0 : existing();
      int increment = one(100) ? Integer.MAX_VALUE : WINDOWS[random.nextInt(WINDOWS.length)];
      if (increment > 0 || one(20)) {
        out.writeBytes(model.grows(id, increment));
      }
    }

    private void changeWindow() {
      int window = WINDOWS[random.nextInt(WINDOWS.length)];
      model.sends(window);
      out.writeBytes(settings(setting(Setting.INITIAL_WINDOW_SIZE.identifier(), window)));
    }

    private void trailers() {
      int flags = FrameFlags.END_HEADERS | (one(10) ? 0 : FrameFlags.END_STREAM);
      byte[] field = one(10) ? octets(0x82) : octets(0, 1, 'a', 1, 'b');
      int id = existing();
      highest = Math.max(highest, id);
      out.writeBytes(frame(FrameType.HEADERS.number(), flags, id, field));
    }

    private void rare() {
      switch (random.nextInt(60)) {
        case 0 -> out.writeBytes(frame(random.nextInt(256), random.nextInt(256), some()));
        case 1 -> out.writeBytes(frame(FrameType.CONTINUATION.number(), 4, existing()));
        case 2 -> out.writeBytes(frame(FrameType.GOAWAY.number(), 0, 0, int32(0), int32(0)));
        case 3 -> out.writeBytes(frame(FrameType.PRIORITY.number(), 0, existing(), int32(1)));
        default -> harmless();
      }
    }

    private void harmless() {
      if (one(3)) {
        byte[] update = octets('u', '=', '0' + random.nextInt(8), ',', 'i');
        int type = FrameType.PRIORITY_UPDATE.number();
        out.writeBytes(frame(type, 0, 0, int32(existing()), update));
      } else if (one(2)) {
        model.sendsOtherSettings();
        int size = 1 << (14 + random.nextInt(3));
        out.writeBytes(settings(setting(Setting.MAX_FRAME_SIZE.identifier(), size)));
      } else {
        byte[] dependency = octets(0, 0, 0, 0, 1);
        out.writeBytes(frame(FrameType.PRIORITY.number(), 0, existing(), dependency));
      }
    }

    /** Sends what was made, cut somewhere, and reads until the server has answered all of it. */
    private void exchange() {
      long opaque = random.nextLong();
      out.writeBytes(Http2Peer.ping(opaque));
      byte[] all = out.toByteArray();
      out.reset();
      int cut = random.nextInt(all.length);
      try {
        peer.send(Arrays.copyOf(all, cut)).send(Arrays.copyOfRange(all, cut, all.length));
      } catch (UncheckedIOException e) {
        // The server has closed: what it sent before is read.
      }
      while (isOpen) {
        Frame frame = peer.read();
        if (frame == null) {
          isOpen = false;
        } else if (isAnswer(frame, opaque)) {
          return;
        } else {
          model.received(frame);
        }
      }
    }

    private boolean isAnswer(Frame frame, long opaque) {
      return frame.is(FrameType.PING)
          && frame.has(FrameFlags.ACK)
          && ByteBuffer.wrap(frame.payload()).getLong() == opaque;
    }
  }
}
