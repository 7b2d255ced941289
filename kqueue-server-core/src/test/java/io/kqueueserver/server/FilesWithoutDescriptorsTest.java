package io.kqueueserver.server;

import static io.kqueueserver.server.ServerExtension.TEXT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.KqueueServer;
import io.kqueueserver.KqueueServerBuilder;
import io.kqueueserver.build.CrampedJvm;
import io.kqueueserver.build.TlsFixture;
import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.FileRegion;
import io.kqueueserver.http.coding.Compression;
import io.kqueueserver.net.tls.TlsOptions;
import io.kqueueserver.net.tls.TlsProfile;
import java.io.Closeable;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/**
 * Clients whose connection is open ask for a file while no descriptor is left to open it with: in a
 * JVM of its own, since the limit is the process's.
 */
class FilesWithoutDescriptorsTest {
  private static final int LIMIT = 200;
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String CONTENT = "content of the file. ".repeat(500);

  @TempDir Path directory;

  /** The child: takes all descriptors at each line of input, and gives them back at the next. */
  static final class Main {
    private Main() {}

    public static void main(String[] arguments) throws IOException {
      LoggerFactory.getLogger(Main.class).warn("classes of logging are loaded");
      Path folder = Path.of(arguments[0]);
      KqueueServer plain = server(folder).compression(Compression.DEFAULTS).build();
      KqueueServer secure =
          server(folder).tls(TlsOptions.of(TlsProfile.of(TlsFixture.server()))).build();
      plain.start();
      secure.start();
      System.out.println("ports " + plain.port() + " " + secure.port());
      Deque<Closeable> taken = new ArrayDeque<>();
      for (int c = System.in.read(); c >= 0; c = System.in.read()) {
        if (c == '\n') {
          takeOrGiveBack(taken);
        }
      }
      plain.stop();
      secure.stop();
    }

    private static KqueueServerBuilder server(Path folder) {
      return KqueueServer.builder().port(0).loops(1).handler(exchange -> answer(exchange, folder));
    }

    private static void answer(Exchange exchange, Path folder) {
      Path file = folder.resolve(exchange.request().path().substring(1));
      FileRegion all = new FileRegion(file, 0, CONTENT.length());
      exchange.respondFile(200, TEXT, all.count(), all, null);
    }

    private static void takeOrGiveBack(Deque<Closeable> taken) throws IOException {
      if (taken.isEmpty()) {
        try {
          while (true) {
            taken.add(new FileInputStream("/dev/null"));
          }
        } catch (IOException e) {
          System.out.println("taken " + e.getMessage());
        }
      } else {
        while (!taken.isEmpty()) {
          taken.remove().close();
        }
        System.out.println("given back");
      }
    }
  }

  @Test
  void anOpenClientGets503WithTheErrnoInTheLogAndItsFileLater() throws Exception {
    Path file = Files.writeString(directory.resolve("f"), CONTENT);
    CrampedJvm child = CrampedJvm.start(LIMIT, Main.class, directory.toString());
    BlockingQueue<String> lines = child.lines();
    try (child) {
      String[] ports = line(lines, "ports ").split(" ", -1);
      int secure = Integer.parseInt(ports[2]);
      List<WirePeer> peers =
          List.of(
              WirePeer.connect(Integer.parseInt(ports[1])),
              WirePeer.connect(Integer.parseInt(ports[1])),
              WirePeer.on(TlsFixture.connect(TlsFixture.client(), secure)));
      // Loads the classes that such answers need, for which there will be no descriptors either.
      assertAll(peers, "/f", 200);
      assertAll(peers, "/missing", 404);
      child.send("");
      line(lines, "taken ");
      assertAll(peers, "/f", 503);
      for (int i = 0; i < peers.size(); i++) {
        assertThat(line(lines, "")).contains("answered 503").contains("EMFILE").contains("" + file);
      }
      child.send("");
      line(lines, "given back");
      assertAll(peers, "/f", 200);
      peers.forEach(WirePeer::close);
    }
    assertThat(child.exitValue()).isZero();
  }

  /** The first by sendfile, the second coded, the third over TLS. */
  private static void assertAll(List<WirePeer> peers, String path, int status) {
    String[] fields = {"", "Accept-Encoding: gzip\r\n", ""};
    for (int i = 0; i < peers.size(); i++) {
      peers.get(i).send("GET " + path + " HTTP/1.1\r\nHost: t\r\n" + fields[i] + "\r\n");
      WirePeer.Response response = peers.get(i).response();
      assertThat(response.status()).as("client %s", i).isEqualTo(status);
      assertThat(response.has("Content-Encoding: gzip")).isEqualTo(i == 1 && status == 200);
    }
  }

  /** The next line that contains the text. */
  private static String line(BlockingQueue<String> lines, String text) {
    return await().atMost(PATIENCE).until(lines::poll, line -> line != null && line.contains(text));
  }
}
