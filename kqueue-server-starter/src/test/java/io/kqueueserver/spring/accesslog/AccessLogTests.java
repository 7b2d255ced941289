package io.kqueueserver.spring.accesslog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.RequestHead;
import io.kqueueserver.server.EndedExchange;
import io.kqueueserver.spring.LogLines;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AccessLogTests {
  private final LogLines said = new LogLines(AccessLog.class);

  @AfterEach
  void nothingIsLeft() {
    said.close();
    await()
        .untilAsserted(
            () ->
                assertThat(Thread.getAllStackTraces().keySet())
                    .extracting(Thread::getName)
                    .noneMatch(name -> name.endsWith("-access-log")));
  }

  private static AccessLogOptions options(int capacity) {
    return new AccessLogOptions("%m %U %s %X", null, -1, false, 0, "test.access", capacity);
  }

  /** Remembers lines; writes only while it is let. */
  private static final class Sink implements AccessSink {
    final List<String> lines = new CopyOnWriteArrayList<>();
    volatile CountDownLatch gate = new CountDownLatch(0);
    final CountDownLatch entered = new CountDownLatch(1);
    final AtomicInteger closed = new AtomicInteger();
    volatile IOException trouble;
    volatile Error disaster;

    @Override
    public void write(CharSequence text, long millis) throws IOException {
      entered.countDown();
      try {
        gate.await();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
      if (trouble != null) {
        throw trouble;
      }
      if (disaster != null) {
        throw disaster;
      }
      lines.addAll(text.toString().lines().toList());
    }

    @Override
    public void close() {
      closed.incrementAndGet();
    }

    @Override
    public String name() {
      return "test";
    }
  }

  @Test
  void whatEndedIsWrittenAndTheRestAtTheStop() {
    Sink sink = new Sink();
    AccessLog log = new AccessLog(options(100), "test", null, sink);
    log.onStart();
    log.onExchangeEnd(new Ended("/a", 200, null));
    await().untilAsserted(() -> assertThat(sink.lines).containsExactly("GET /a 200 +"));
    log.onExchangeEnd(
        new Ended("/b", 0, new ExchangeException(ExchangeException.Reason.PEER_CLOSED, "gone")));
    log.onStop();
    assertThat(sink.lines).containsExactly("GET /a 200 +", "GET /b 499 X");
    assertThat(sink.closed).hasValue(1);
    assertThat(log.dropped()).isZero();
  }

  @Test
  void aStoppedLogMayBeStartedAgainAndLosesWhatComesBetween() {
    Sink sink = new Sink();
    AccessLog log = new AccessLog(options(100), "test", null, sink);
    for (int round = 1; round <= 3; round++) {
      log.onStart();
      log.onExchangeEnd(new Ended("/" + round, 200, null));
      log.onStop();
      log.onStop();
      log.onExchangeEnd(new Ended("/late", 200, null));
    }
    assertThat(sink.lines).containsExactly("GET /1 200 +", "GET /2 200 +", "GET /3 200 +");
    assertThat(log.dropped()).isEqualTo(3);
  }

  @Test
  void aLoopNeverWaitsForASinkThatTakesNothing() throws Exception {
    Sink sink = new Sink();
    sink.gate = new CountDownLatch(1);
    AccessLog log = new AccessLog(options(10), "test", null, sink);
    log.onStart();
    log.onExchangeEnd(new Ended("/first", 200, null));
    sink.entered.await(); // the writer polls nothing any more
    for (int i = 0; i < 1000; i++) {
      log.onExchangeEnd(new Ended("/" + i, 200, null)); // returns, or the test does not end
    }
    assertThat(log.dropped()).isEqualTo(990);
    sink.gate.countDown();
    await()
        .untilAsserted(
            () ->
                assertThat(said.lines())
                    .anyMatch(
                        line ->
                            line.matches(
                                "The access log test lost 990 records: they came faster"
                                    + " than they could be written; raise"
                                    + " kqueue\\.server\\.access-log\\.queue-capacity")));
    log.onStop();
    assertThat(sink.lines.size() + log.dropped()).isEqualTo(1001);
  }

  @Test
  void failedWritesAreCountedAndSaidOnce() {
    Sink sink = new Sink();
    sink.trouble = new IOException("disk on fire");
    AccessLog log = new AccessLog(options(100), "test", null, sink);
    log.onStart();
    for (int i = 1; i <= 3; i++) {
      log.onExchangeEnd(new Ended("/" + i, 200, null));
      long lost = i;
      await().untilAsserted(() -> assertThat(log.dropped()).isEqualTo(lost));
    }
    sink.trouble = null;
    log.onExchangeEnd(new Ended("/fine", 200, null));
    log.onStop();
    assertThat(sink.lines).containsExactly("GET /fine 200 +");
    assertThat(said.lines())
        .containsExactly("The access log test lost 1 records: java.io.IOException: disk on fire");
  }

  @Test
  void aSinkThatBreaksDownIsTriedAgain() {
    Sink sink = new Sink();
    sink.disaster = new NoClassDefFoundError("on purpose");
    AccessLog log = new AccessLog(options(100), "test", null, sink);
    log.onStart();
    log.onExchangeEnd(new Ended("/lost", 200, null));
    await().untilAsserted(() -> assertThat(log.dropped()).isEqualTo(1));
    sink.disaster = null;
    log.onExchangeEnd(new Ended("/fine", 200, null));
    log.onStop();
    assertThat(sink.lines).containsExactly("GET /fine 200 +");
  }

  @Test
  void aFullDiskIsNoMoreThanLostLines() throws IOException {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.exists(full), "this system has no /dev/full");
    AccessLog log =
        new AccessLog(new AccessLogOptions("%s", full, -1, false, 0, "unused", 10), "test");
    log.onStart();
    log.onExchangeEnd(new Ended("/", 200, null));
    await().untilAsserted(() -> assertThat(log.dropped()).isEqualTo(1));
    log.onStop();
    assertThat(said.lines()).anyMatch(line -> line.startsWith("The access log /dev/full lost 1"));
  }

  @Test
  void withoutAFileTheLoggerIsTold() {
    try (LogLines lines = new LogLines("test.access")) {
      AccessLog log = new AccessLog(options(10), "test");
      log.onStart();
      log.onExchangeEnd(new Ended("/a", 200, null));
      log.onExchangeEnd(new Ended("/b", 404, null));
      log.onStop();
      assertThat(lines.lines()).containsExactly("GET /a 200 +", "GET /b 404 +");
    }
  }

  private record Ended(String path, int status, ExchangeException cause) implements EndedExchange {
    @Override
    public RequestHead request() {
      return Records.head("GET", path);
    }

    @Override
    public String refusedLine() {
      return "";
    }

    @Override
    public long bodyBytes() {
      return 0;
    }

    @Override
    public HeaderSource responseFields() {
      return HeaderSource.NONE;
    }

    @Override
    public long durationNanos() {
      return 1;
    }

    @Override
    public long respondedAfterNanos() {
      return 1;
    }

    @Override
    public String scheme() {
      return "http";
    }

    @Override
    public InetSocketAddress remoteAddress() {
      throw new AssertionError("not asked for");
    }

    @Override
    public InetSocketAddress localAddress() {
      throw new AssertionError("not asked for");
    }

    @Override
    public String loop() {
      return "kqueue-loop-0";
    }

    @Override
    public boolean isAnswered() {
      return cause == null;
    }

    @Override
    public boolean keepsAlive() {
      return cause == null;
    }
  }
}
