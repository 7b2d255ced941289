package io.kqueueserver.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.build.QuietHandler;
import io.kqueueserver.build.SmallResources;
import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeOptions;
import io.kqueueserver.loop.EventLoop;
import io.kqueueserver.loop.LoopListener;
import io.kqueueserver.net.Connection;
import io.kqueueserver.net.ConnectionHandler;
import io.kqueueserver.net.LoopResources;
import io.kqueueserver.net.TransportFactory;
import io.kqueueserver.queue.Kqueue;
import io.kqueueserver.queue.Kqueues;
import io.kqueueserver.stats.Limit;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ProtocolSelectorTest {
  private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

  /** Closing it is EBADF and harms nothing. */
  private static final int NO_DESCRIPTOR = 1_000_000;

  private final Native natives = Native.load(NativeOptions.DEFAULTS);
  private final Kqueue queue = Kqueues.open(natives);
  private final EventLoop loop = new EventLoop("test", queue, () -> 0, LoopListener.NONE);
  private final List<String> seen = new ArrayList<>();
  private final ProtocolSelector selector =
      new ProtocolSelector(List.of(new Prefaced(), new Anything()), 1_000);

  @AfterEach
  void close() {
    queue.close();
  }

  @Test
  void takesTheProtocolWhosePrefaceTheClientSendsHoweverItIsCut() {
    for (int cut = 1; cut < PREFACE.length(); cut++) {
      seen.clear();
      feed(PREFACE.substring(0, cut), PREFACE.substring(cut) + "more");
      assertThat(seen).containsExactly("preface:" + PREFACE + "more");
    }
  }

  @Test
  void fallsBackToTheLastProtocolAtTheFirstByteThatDiffers() {
    feed("P", "OST / HTTP/1.1");

    assertThat(seen).containsExactly("any:POST / HTTP/1.1");
  }

  @Test
  void waitsForNothingWhereThereIsOneProtocolOnly() {
    Connection connection = connection();
    ConnectionHandler handler =
        new ProtocolSelector(List.of(new Anything()), 1_000).open(connection);

    assertThat(handler).isInstanceOf(Recorder.class);
  }

  @Test
  void aProtocolThatNeverDecidesIsPassedOverAtTheLimit() {
    ProtocolSelector undecided =
        new ProtocolSelector(List.of(new Undecided(), new Anything()), 1_000);
    String text = "x".repeat(ProtocolSelector.MAX_FIRST_BYTES);

    undecided.open(connection()).onInput(bytes(text));

    assertThat(seen).containsExactly("any:" + text);
  }

  @Test
  void aClientWithoutFirstBytesIsClosedAndItsTimeoutIsCounted() {
    Connection connection = connection(NO_DESCRIPTOR);

    selector.open(connection).onDeadline();

    assertThat(connection.isOpen()).isFalse();
    assertThat(loop.stats().limitHits(Limit.HEADER_TIMEOUT)).isEqualTo(1);
  }

  private void feed(String first, String second) {
    Connection connection = connection();
    ConnectionHandler undecided = selector.open(connection);
    undecided.onInput(bytes(first));
    if (seen.isEmpty()) {
      undecided.onInput(bytes(second));
    }
  }

  private Connection connection() {
    return connection(-1);
  }

  private Connection connection(int fd) {
    LoopResources resources = SmallResources.of(natives, loop, 1_000);
    return new Connection(resources, fd, new byte[0], TransportFactory.PLAIN, () -> {});
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
  }

  private final class Prefaced implements Protocol {
    @Override
    public Match match(ByteBuffer firstBytes) {
      for (int i = 0; i < PREFACE.length(); i++) {
        if (!firstBytes.hasRemaining()) {
          return Match.NEED_MORE;
        }
        if (firstBytes.get() != PREFACE.charAt(i)) {
          return Match.NO;
        }
      }
      return Match.YES;
    }

    @Override
    public ConnectionHandler open(Connection connection) {
      return new Recorder("preface:");
    }
  }

  private final class Anything implements Protocol {
    @Override
    public Match match(ByteBuffer firstBytes) {
      return Match.YES;
    }

    @Override
    public ConnectionHandler open(Connection connection) {
      return new Recorder("any:");
    }
  }

  private static final class Undecided implements Protocol {
    @Override
    public Match match(ByteBuffer firstBytes) {
      return Match.NEED_MORE;
    }

    @Override
    public ConnectionHandler open(Connection connection) {
      throw new AssertionError("never recognised");
    }
  }

  private final class Recorder implements QuietHandler {
    private final String name;

    Recorder(String name) {
      this.name = name;
    }

    @Override
    public void onInput(ByteBuffer in) {
      seen.add(name + StandardCharsets.US_ASCII.decode(in));
    }
  }
}
