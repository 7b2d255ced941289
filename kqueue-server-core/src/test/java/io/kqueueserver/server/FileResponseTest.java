package io.kqueueserver.server;

import static io.kqueueserver.server.ServerExtension.TEXT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.ExchangeException.Reason;
import io.kqueueserver.http.FileRegion;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.net.FileOpenException;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class FileResponseTest {
  @RegisterExtension final ServerExtension server = new ServerExtension();

  @TempDir Path directory;

  @Test
  void sendsAFileBySendfileAndPartsOfIt() throws IOException {
    String content = random(3_000_000);
    Path file = Files.writeString(directory.resolve("f"), content, StandardCharsets.ISO_8859_1);
    AtomicInteger released = new AtomicInteger();
    serve("/file", file, 0, content.length(), released);
    serve("/part", file, 1_000, 5_000, released);
    WirePeer peer = server.connect();

    assertThat(peer.get("/file").response().body().equals(content)).isTrue();
    assertThat(peer.get("/part").response().body()).isEqualTo(content.substring(1_000, 6_000));
    await().until(() -> released.get() == 2);
  }

  @Test
  void anErrorInTheFieldsOfAFileThatIsOpenGivesItBack() throws IOException {
    Path file = Files.writeString(directory.resolve("f"), "hello");
    AtomicInteger released = new AtomicInteger();
    HeaderSource failing =
        sink -> {
          throw new NoClassDefFoundError("on purpose");
        };
    server.on(
        "/file",
        exchange ->
            exchange.respondFile(
                200, failing, 5, new FileRegion(file, 0, 5), released::incrementAndGet));

    assertThat(server.connect().get("/file").response().status()).isEqualTo(500);
    await().until(() -> released.get() == 1);
  }

  /** Stands for whatever may fail on the worker's thread, for want of memory, say. */
  @Test
  void aFailureOfTheWorkerItselfIsAnErrorAndNoResponseThatNeverComes() {
    Path nameless =
        (Path)
            Proxy.newProxyInstance(
                Path.class.getClassLoader(),
                new Class<?>[] {Path.class},
                (proxy, method, arguments) ->
                    method.getName().equals("getFileSystem") ? FileSystems.getDefault() : null);
    AtomicInteger released = new AtomicInteger();
    server.on(
        "/file",
        exchange ->
            exchange.respondFile(
                200, TEXT, 5, new FileRegion(nameless, 0, 5), released::incrementAndGet));

    assertThat(server.connect().get("/file").response().status()).isEqualTo(500);
    await().until(() -> released.get() == 1);
  }

  @Test
  void readsAPathOfAnotherFileSystemThroughTheWorker() throws IOException {
    String content = random(700_000);
    Path zip = directory.resolve("files.zip");
    try (FileSystem files =
        FileSystems.newFileSystem(URI.create("jar:" + zip.toUri()), Map.of("create", "true"))) {
      Path file = Files.writeString(files.getPath("/f"), content, StandardCharsets.ISO_8859_1);
      AtomicInteger released = new AtomicInteger();
      serve("/file", file, 10, content.length() - 10, released);

      assertThat(server.connect().get("/file").response().body()).isEqualTo(content.substring(10));
      await().until(() -> released.get() == 1);
    }
  }

  @Test
  void sendsAFileAsOneChunkWhereTheLengthWasNotAnnounced() throws IOException {
    Path file = Files.writeString(directory.resolve("f"), "content");
    server.on(
        "/file",
        exchange -> {
          exchange.respond(200, TEXT, Exchange.UNKNOWN_LENGTH);
          exchange.writeFile(file, 0, 7, null);
          exchange.finish();
        });

    assertThat(server.connect().get("/file").response().body()).isEqualTo("content");
  }

  @Test
  void aFileThatIsShorterThanAnnouncedOrMissingCutsTheResponse() throws IOException {
    Path file = Files.writeString(directory.resolve("f"), "short");
    AtomicInteger released = new AtomicInteger();
    serve("/short", file, 0, 1_000, released);
    serve("/missing", directory.resolve("missing"), 0, 1_000, released);

    assertThat(server.connect().get("/short").readAll()).endsWith("<reset>");
    assertThat(server.connect().get("/missing").readAll()).endsWith("<reset>");
    await().until(() -> released.get() == 2);
  }

  @Test
  void aFileThatIsNotThereIsAnsweredBeforeAHeadPromisesIt() throws IOException {
    Path file = Files.writeString(directory.resolve("f"), "content");
    Path zip = directory.resolve("files.zip");
    try (FileSystem files =
        FileSystems.newFileSystem(URI.create("jar:" + zip.toUri()), Map.of("create", "true"))) {
      AtomicInteger released = new AtomicInteger();
      answer("/file", file, released);
      answer("/missing", directory.resolve("missing"), released);
      answer("/below-a-file", file.resolve("below"), released);
      answer("/not-in-zip", files.getPath("/missing"), released);
      WirePeer peer = server.connect();

      assertThat(peer.get("/file").response().body()).isEqualTo("content");
      for (String path : new String[] {"/missing", "/below-a-file", "/not-in-zip"}) {
        assertThat(peer.get(path).response().status()).as(path).isEqualTo(404);
        ExchangeException error = await().until(server.errors::poll, e -> e != null);
        assertThat(error.getCause()).isInstanceOf(FileOpenException.class);
      }
      assertThat(peer.get("/file").response().body()).as("the connection is kept").isNotEmpty();
      await().until(() -> released.get() == 5);
    }
  }

  @Test
  void aFileIsReleasedWhoseClientHasGoneBeforeItWasOpen() throws IOException {
    Path file = Files.writeString(directory.resolve("f"), "content");
    AtomicInteger released = new AtomicInteger();
    server.on(
        "/file",
        server.listening(
            exchange -> {
              exchange.respondFile(
                  200, TEXT, 7, new FileRegion(file, 0, 7), released::incrementAndGet);
              exchange.reset(new ExchangeException(Reason.APPLICATION, "on purpose"));
            }));
    assertThat(server.connect().get("/file").response().status()).isEqualTo(500);
    await().until(() -> released.get() == 1);
  }

  private void answer(String path, Path file, AtomicInteger released) {
    server.on(
        path,
        server.listening(
            exchange ->
                exchange.respondFile(
                    200, TEXT, 7, new FileRegion(file, 0, 7), released::incrementAndGet)));
  }

  @Test
  void aClientThatGoesDuringAFileReleasesIt() throws IOException {
    Path file = directory.resolve("f");
    Files.write(file, new byte[50_000_000]);
    AtomicInteger released = new AtomicInteger();
    serve("/file", file, 0, 50_000_000, released);
    WirePeer peer = server.connect().get("/file");
    peer.in().readNBytes(1_000);

    peer.reset();

    await().until(() -> released.get() == 1);
  }

  private void serve(String path, Path file, long position, long count, AtomicInteger released) {
    server.on(
        path,
        exchange -> {
          exchange.respond(200, TEXT, count);
          exchange.writeFile(file, position, count, released::incrementAndGet);
          exchange.finish();
        });
  }

  private static String random(int size) {
    StringBuilder text = new StringBuilder(size);
    new Random(7).ints(size, 32, 127).forEach(c -> text.append((char) c));
    return text.toString();
  }
}
