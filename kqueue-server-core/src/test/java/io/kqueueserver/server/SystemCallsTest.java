package io.kqueueserver.server;

import static io.kqueueserver.http.ws.ClientFrames.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.build.TlsFixture;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * The system calls of each workload, as strace(1) counts them on the thread of a loop: nothing is
 * asked or set per connection that the listener hands down, and no call finds nothing to do.
 */
@EnabledOnOs(value = OS.LINUX, disabledReason = "strace and epoll_wait are Linux's")
class SystemCallsTest {
  private static final int REQUESTS = 100;
  private static final int MIB = 1 << 20;

  /** The calls of a connection besides those of its requests; the last read finds its end. */
  private static final Map<String, Long> CONNECTION =
      Map.of("accept4", 1L, "epoll_ctl", 1L, "read", 1L, "close", 1L);

  /** Reads and writes of a TLS 1.3 handshake, its tickets, and the client's close_notify. */
  private static final long MOST_OF_HANDSHAKE = 10;

  private static TracedServer server;

  @BeforeAll
  static void start(@TempDir Path directory) throws Exception {
    server = TracedServer.start(directory);
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
  }

  @Test
  void aKeepAliveRequestIsOneReadOneWriteAndAShareOfOneWait() {
    Map<String, Long> calls =
        clear(
            peer -> {
              for (int i = 0; i < REQUESTS; i++) {
                assertThat(peer.get("/").response().body()).isEqualTo("alpha");
              }
            });

    assertCalls(calls, REQUESTS + 1, CONNECTION, each(REQUESTS, "read", "write"));
  }

  @Test
  void pipelinedRequestsShareTheirReadsAndWrites() {
    int depth = 10;
    String batch = "GET / HTTP/1.1\r\nHost: t\r\n\r\n".repeat(depth);
    Map<String, Long> calls =
        clear(
            peer -> {
              for (int i = 0; i < REQUESTS / depth; i++) {
                peer.send(batch);
                for (int j = 0; j < depth; j++) {
                  assertThat(peer.response().body()).isEqualTo("alpha");
                }
              }
            });

    assertCalls(calls, REQUESTS / depth + 1, CONNECTION, each(REQUESTS / depth, "read", "write"));
  }

  @Test
  void aResponseThatIsWrittenInPiecesIsOneWrite() {
    Map<String, Long> calls =
        clear(
            peer -> {
              for (int i = 0; i < REQUESTS; i++) {
                assertThat(peer.get("/stream").response().body())
                    .hasSize(WorkloadServer.PIECES * 1024);
              }
            });

    assertCalls(calls, REQUESTS + 1, CONNECTION, each(REQUESTS, "read", "write"));
  }

  @Test
  void theLinesOfAServerSentEventAreOneWrite() {
    Map<String, Long> calls =
        clear(peer -> assertThat(peer.get("/events").response().body()).contains("data: alpha"));

    // The head leaves with the first event, and the last chunk alone.
    assertCalls(
        calls,
        WorkloadServer.EVENTS + 2,
        CONNECTION,
        each(1, "read"),
        each(WorkloadServer.EVENTS + 1, "write"));
  }

  /** The file is opened by another thread, which wakes the loop: two waits. */
  @Test
  void aHeadAndItsFileLeaveInOneSegment() {
    Map<String, Long> calls = clear(SystemCallsTest::downloads);

    assertCalls(
        calls,
        2 * REQUESTS + 1,
        CONNECTION,
        each(REQUESTS, "read", "sendto MSG_MORE", "sendfile", "close"));
  }

  private static void downloads(WirePeer peer) {
    for (int i = 0; i < REQUESTS; i++) {
      assertThat(peer.get("/file").response().body()).hasSize(WorkloadServer.FILE_BYTES);
    }
  }

  /** In one segment with the head it would be dearer. */
  @Test
  void aLargeFileLeavesBehindASegmentOfItsHead() {
    Map<String, Long> calls =
        clear(
            peer -> {
              for (int i = 0; i < REQUESTS; i++) {
                assertThat(peer.get("/large-file").response().body())
                    .hasSize(WorkloadServer.LARGE_FILE_BYTES);
              }
            });

    assertThat(calls).containsEntry("write", (long) REQUESTS).doesNotContainKey("sendto MSG_MORE");
  }

  @Test
  void aSmallBodyIsReadWithItsHead() {
    String request = post(1024);
    Map<String, Long> calls =
        clear(
            peer -> {
              for (int i = 0; i < REQUESTS; i++) {
                assertThat(peer.send(request).response().body()).isEqualTo("taken");
              }
            });

    assertCalls(calls, REQUESTS + 1, CONNECTION, each(REQUESTS, "read", "write"));
  }

  /** Reads as the client's bytes come, and does nothing else. */
  @Test
  void aLargeBodyIsReadInLargePieces() {
    Map<String, Long> calls =
        clear(peer -> assertThat(peer.send(post(MIB)).response().body()).isEqualTo("taken"));

    assertThat(calls.put("read", 1L)).isBetween(2L, 65L); // of 16 KiB on average, or more
    assertCalls(calls, 65, CONNECTION, each(1, "write"));
  }

  private static String post(int bytes) {
    return "POST /upload HTTP/1.1\r\nHost: t\r\nContent-Length: "
        + bytes
        + "\r\n\r\n"
        + "x".repeat(bytes);
  }

  /** The server ends the connection: no read finds the end. */
  @Test
  void aConnectionPerRequestIsAcceptedRegisteredReadWrittenAndClosed() {
    List<Socket> clients = new ArrayList<>();
    for (int i = 0; i < REQUESTS; i++) {
      try (WirePeer peer = WirePeer.connect(server.port())) {
        clients.add(peer.socket);
        String answer =
            peer.send("GET / HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n").readAll();
        assertThat(answer).endsWith("alpha");
      }
    }

    assertCalls(
        server.calls(clients.get(0), clients.get(REQUESTS - 1)),
        2 * REQUESTS,
        each(REQUESTS, "accept4", "epoll_ctl", "read", "write", "close"));
  }

  /** A JVM yields now and then, too. */
  @Test
  void onlyLoopsThatAreMoreThanTheProcessorsLetOthersRunAfterEachTurn() {
    assertThat(server.yields(ask(server.portOfManyLoops()))).isGreaterThanOrEqualTo(REQUESTS);
    assertThat(server.yields(ask(server.port()))).isLessThan(REQUESTS / 10);
  }

  private static Socket ask(int port) {
    try (WirePeer peer = WirePeer.connect(port)) {
      for (int i = 0; i < REQUESTS; i++) {
        assertThat(peer.get("/").response().body()).isEqualTo("alpha");
      }
      return peer.socket;
    }
  }

  @Test
  void overTlsARequestIsOneReadAndOneWrite() {
    Map<String, Long> calls =
        overTls(
            peer -> {
              for (int i = 0; i < REQUESTS; i++) {
                assertThat(peer.get("/").response().body()).isEqualTo("alpha");
              }
            });

    assertCallsBehindHandshake(calls, each(REQUESTS, "read", "write"));
  }

  @Test
  void overTlsASmallFileLeavesWithItsHead() {
    Map<String, Long> calls = overTls(SystemCallsTest::downloads);

    assertCallsBehindHandshake(calls, each(REQUESTS, "read", "write", "close"));
  }

  @Test
  void theStreamsOfAnHttp2ConnectionShareTheirReadsAndWrites() {
    int streams = 10;
    Map<String, Long> calls =
        clear(
            wire -> {
              Http2Peer peer = Http2Peer.on(wire).start();
              for (int id = 1; id < 2 * REQUESTS; id += 2 * streams) {
                byte[][] requests = new byte[streams][];
                for (int i = 0; i < streams; i++) {
                  requests[i] = peer.request(id + 2 * i, true, "GET", "/");
                }
                peer.send(requests);
                for (int i = 0; i < streams; i++) {
                  int stream = id + 2 * i;
                  peer.await(frame -> frame.stream() == stream && frame.endsStream());
                }
              }
            });

    // The preface is read and answered. The client's acknowledgement may come with a request.
    assertThat(calls.merge("read", -2L, Long::sum))
        .isBetween(REQUESTS / streams + 0L, REQUESTS / streams + 1L);
    calls.put("read", 1L);
    assertCalls(calls, REQUESTS / streams + 3, CONNECTION, each(REQUESTS / streams + 1, "write"));
  }

  @Test
  void aWebSocketMessageIsOneReadAndOneWrite() {
    Map<String, Long> calls =
        clear(
            wire -> {
              WebSocketPeer peer = WebSocketPeer.open(wire, "");
              for (int i = 0; i < REQUESTS; i++) {
                assertThat(peer.send(text("alpha")).next()).isEqualTo("TEXT alpha");
              }
            });

    assertCalls(calls, REQUESTS + 2, CONNECTION, each(REQUESTS + 1, "read", "write"));
  }

  private static Map<String, Long> clear(Consumer<WirePeer> load) {
    return callsOf(WirePeer.connect(server.port()), load);
  }

  private static Map<String, Long> overTls(Consumer<WirePeer> load) {
    return callsOf(WirePeer.on(TlsFixture.connect(TlsFixture.client(), server.tlsPort())), load);
  }

  private static Map<String, Long> callsOf(WirePeer peer, Consumer<WirePeer> load) {
    try (peer) {
      load.accept(peer);
    }
    return server.calls(peer.socket, peer.socket);
  }

  /** As {@link #assertCalls}, behind a handshake of a few reads and writes. */
  private static void assertCallsBehindHandshake(
      Map<String, Long> calls, Map<String, Long> expected) {
    for (String name : List.of("read", "write")) {
      assertThat(calls.get(name)).as(name).isBetween((long) REQUESTS, REQUESTS + MOST_OF_HANDSHAKE);
      calls.put(name, (long) REQUESTS);
    }
    calls.merge("read", 1L, Long::sum); // the one that finds the end
    assertCalls(calls, 2 * REQUESTS + MOST_OF_HANDSHAKE, CONNECTION, expected);
  }

  /** So many of each of these calls. */
  private static Map<String, Long> each(long count, String... names) {
    return Stream.of(names).collect(Collectors.toMap(name -> name, name -> count));
  }

  /**
   * These calls were made and no other.
   *
   * @param waits number of waits at most; events that come together share one
   */
  @SafeVarargs
  private static void assertCalls(
      Map<String, Long> calls, long waits, Map<String, Long>... expected) {
    Map<String, Long> all = new TreeMap<>();
    for (Map<String, Long> part : expected) {
      part.forEach((name, count) -> all.merge(name, count, Long::sum));
    }
    Map<String, Long> others = new TreeMap<>(calls);
    assertThat(others.remove("epoll_wait")).as("waits of %s", calls).isBetween(1L, waits);
    assertThat(others).isEqualTo(all);
  }
}
