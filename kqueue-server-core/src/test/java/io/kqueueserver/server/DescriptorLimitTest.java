package io.kqueueserver.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.KqueueServer;
import io.kqueueserver.build.CrampedJvm;
import io.kqueueserver.http.Exchange;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import org.junit.jupiter.api.Test;

/**
 * A server whose process runs out of descriptors: in a JVM of its own, since the limit is the
 * process's.
 */
class DescriptorLimitTest {
  /** More than twice what the child has open itself: a descriptor per jar of the class path. */
  private static final int LIMIT = 240;

  private static final ByteBuffer LARGE = ByteBuffer.allocate(30_000_000);
  private static final Duration START = Duration.ofSeconds(30);

  /** The child: serves until its input ends. */
  static final class Main {
    private Main() {}

    public static void main(String[] args) throws IOException {
      KqueueServer server =
          KqueueServer.builder().port(0).loops(2).handler(DescriptorLimitTest::answer).build();
      server.start();
      System.out.println("port " + server.port());
      while (System.in.read() >= 0) {}
      server.stop();
    }
  }

  @Test
  void acceptingPausesWithALogLineAndGoesOnWhenDescriptorsAreFree() throws Exception {
    CrampedJvm child = CrampedJvm.start(LIMIT, Main.class);
    BlockingQueue<String> lines = child.lines();
    List<WirePeer> peers = new ArrayList<>();
    try (child) {
      String first =
          await()
              .atMost(START)
              .until(lines::poll, line -> line != null && line.startsWith("port "));
      int port = Integer.parseInt(first.substring(5));
      // Loads the classes of a connection's life, which need descriptors of their own to be read.
      try (WirePeer warmUp = WirePeer.connect(port)) {
        assertThat(warmUp.get("/").response().status()).isEqualTo(200);
      }
      for (int i = 0; i < 2; i++) { // one of each loop: loading a class takes descriptors, too
        peers.add(WirePeer.connect(port));
        assertThat(peers.get(i).get("/medium").response().body()).hasSize(200_000);
        assertThat(peers.get(i).get("/").response().body()).isEqualTo("alpha");
      }
      for (int i = 2; i < LIMIT; i++) {
        peers.add(WirePeer.connect(port)); // the last of them wait in the kernel's backlog
      }
      await().until(lines::poll, line -> line != null && line.contains("EMFILE"));
      assertThat(peers.get(0).get("/").response().body())
          .as("open connections are served meanwhile")
          .isEqualTo("alpha");
      peers.get(0).get("/large"); // more than its socket takes: its loop must ask for WRITE now
      peers.get(1).get("/large");
      for (int i = 2; i < 20; i++) {
        assertThat(peers.get(i).get("/").response().body()).isEqualTo("alpha");
        assertThat(peers.get(i).get("/").response().body()).isEqualTo("alpha");
      }
      WirePeer last = peers.get(LIMIT - 1).get("/");

      peers.subList(0, LIMIT / 2).forEach(WirePeer::close);

      assertThat(last.response().body()).isEqualTo("alpha");
    } finally {
      peers.forEach(WirePeer::close);
    }
    assertThat(child.exitValue()).isZero();
  }

  private static void answer(Exchange exchange) {
    String path = exchange.request().path();
    if (path.equals("/large") || path.equals("/medium")) {
      ByteBuffer body = LARGE.duplicate().limit(path.equals("/large") ? LARGE.limit() : 200_000);
      exchange.respond(200, ServerExtension.TEXT, body.limit());
      exchange.write(body, () -> {});
      exchange.finish();
    } else {
      ServerExtension.answer(exchange, 200, "alpha");
    }
  }
}
