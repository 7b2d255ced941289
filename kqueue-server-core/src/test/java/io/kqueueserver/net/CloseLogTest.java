package io.kqueueserver.net;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.kqueueserver.build.SmallResources;
import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeBuffer;
import io.kqueueserver.ffi.NativeOptions;
import io.kqueueserver.loop.EventLoop;
import io.kqueueserver.loop.LoopListener;
import io.kqueueserver.queue.Kqueue;
import io.kqueueserver.queue.Kqueues;
import io.kqueueserver.socket.Sockets;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.ConnectionStats;
import io.kqueueserver.stats.WireProtocol;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** The line of a closed connection, column by column. */
class CloseLogTest {
  /** Closing it is EBADF and harms nothing. */
  private static final int NO_DESCRIPTOR = 1_000_000;

  /** EPIPE has this number on every system. */
  private static final int EPIPE = 32;

  private final Native natives = Native.load(NativeOptions.DEFAULTS);
  private final Kqueue queue = Kqueues.open(natives);
  private final EventLoop loop = new EventLoop("test", queue, () -> 0, LoopListener.NONE);
  private final Logger log = (Logger) LoggerFactory.getLogger(CloseLog.class);
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

  @BeforeEach
  void listen() {
    lines.start();
    log.addAppender(lines);
    log.setLevel(Level.DEBUG);
    log.setAdditive(false);
  }

  @AfterEach
  void close() {
    log.detachAppender(lines);
    log.setLevel(null);
    log.setAdditive(true);
    queue.close();
  }

  @Test
  void aWriteThatFailsIsNamedWithItsErrno() {
    Connection connection = over(-EPIPE);
    connection.write(new byte[10], 0, 10);
    connection.flushNow();

    assertThat(columns())
        .containsExactly("1000000", "PEER_RESET", "write:EPIPE", "0", "0", "0.000", "undecided");
  }

  @Test
  void aFailureWithoutErrnoIsNamedToo() {
    Connection connection = over(Transport.FAILED);
    connection.write(new byte[10], 0, 10);
    connection.flushNow();

    assertThat(columns()[2]).isEqualTo("write:-");
  }

  @Test
  void aCloseWithoutFailureTellsBytesAgeAndProtocol() {
    Connection connection = over(10);
    connection.protocol(WireProtocol.HTTP_1);
    connection.stats().bytesRead = 1_234_567;
    connection.write(new byte[10], 0, 10);
    connection.flushNow();
    connection.close(CloseReason.IDLE_TIMEOUT);

    assertThat(columns())
        .containsExactly("1000000", "IDLE_TIMEOUT", "-", "1234567", "10", "0.000", "http/1.1");
  }

  @Test
  void theAgeIsInSecondsWithMillis() {
    ConnectionStats stats = new ConnectionStats(1_000_000_000L);
    CloseLog.closed(
        new Sockets(natives),
        7,
        CloseReason.DRAIN,
        "",
        0,
        stats,
        WireProtocol.HTTP_1,
        76_204_400_000L);

    assertThat(columns()[5]).isEqualTo("75.204");
  }

  @Test
  void theColumnsOfTwoLinesLieBelowEachOther() {
    over(0).close(CloseReason.HANDSHAKE_TIMEOUT);
    Connection other = over(-EPIPE);
    other.write(new byte[10], 0, 10);
    other.flushNow();

    List<String> both = lines.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    assertThat(both).hasSize(2);
    assertThat(both.get(0)).hasSameSizeAs(both.get(1));
    assertThat(both.get(0).indexOf("undecided")).isEqualTo(both.get(1).indexOf("undecided"));
  }

  @Test
  void aConnectionThatIsClosedTwiceHasOneLineAndCountsOnce() {
    Connection connection = over(0);
    connection.close(CloseReason.DRAIN);
    connection.reset(CloseReason.STOP);

    assertThat(columns()[1]).isEqualTo("DRAIN");
    assertThat(loop.stats().closedCount(CloseReason.DRAIN)).isEqualTo(1);
    assertThat(loop.stats().closedCount(CloseReason.STOP)).isZero();
  }

  @Test
  void theGuideShowsTheColumnsThatAreWritten() throws IOException {
    CloseLog.closed(
        new Sockets(natives),
        43,
        CloseReason.PEER_RESET,
        "write",
        -EPIPE,
        exampleOfTheGuide(),
        WireProtocol.HTTP_1,
        318_000_000L);

    String line = lines.list.get(0).getFormattedMessage();
    assertThat(Files.readString(Path.of("..", "docs", "metrics.md"))).contains(line);
  }

  private static ConnectionStats exampleOfTheGuide() {
    ConnectionStats stats = new ConnectionStats(0);
    stats.bytesRead = 1_460;
    stats.bytesWritten = 65_536;
    return stats;
  }

  private String[] columns() {
    assertThat(lines.list).hasSize(1);
    return lines.list.get(0).getFormattedMessage().trim().split(" +");
  }

  private Connection over(int result) {
    LoopResources resources = SmallResources.of(natives, loop, 1_000);
    TransportFactory factory =
        (connection, below) ->
            new SilentTransport() {
              @Override
              public int write(NativeBuffer from, int offset, int length) {
                return result;
              }
            };
    return new Connection(resources, NO_DESCRIPTOR, new byte[0], factory, () -> {});
  }
}
