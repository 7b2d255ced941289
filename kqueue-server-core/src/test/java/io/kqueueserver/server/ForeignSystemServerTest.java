package io.kqueueserver.server;

import static io.kqueueserver.server.ServerExtension.TEXT;
import static io.kqueueserver.server.ServerExtension.answer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.ffi.ForeignLibrary;
import io.kqueueserver.ffi.NativeOptions;
import io.kqueueserver.http.ExchangeException.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The whole server on another system's binding: kevent, sockets, addresses and errno numbers. */
class ForeignSystemServerTest {
  private static final String LARGE = "x".repeat(3_000_000);

  @RegisterExtension final ServerExtension server = new ServerExtension();

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "darwin-aarch64",
        "freebsd-x86_64",
        "netbsd-x86_64",
        "openbsd-x86_64",
        "dragonfly-x86_64"
      })
  void servesAllKindsOfExchangesOn(String abi) throws IOException {
    String[] flags =
        switch (abi) {
          case "darwin-aarch64" -> new String[] {"-DNO_ACCEPT4"};
          case "openbsd-x86_64", "dragonfly-x86_64" -> new String[] {"-DV6_ONLY"};
          default -> new String[0];
        };
    String library = ForeignLibrary.compile(abi, "system_on_linux.c", flags).toString();
    server.restart(builder -> builder.natives(new NativeOptions(null, null, library, abi)));
    Path file = Files.writeString(directory.resolve("f"), LARGE);
    server
        .on("/a", exchange -> answer(exchange, 200, exchange.remoteAddress().getHostString()))
        .on("/body", server.collecting((exchange, body, t) -> answer(exchange, 200, body)))
        .on("/large", exchange -> answer(exchange, 200, LARGE))
        .on("/wait", server.listening(exchange -> {}))
        .on(
            "/file",
            exchange -> {
              exchange.respond(200, TEXT, LARGE.length());
              exchange.writeFile(file, 0, LARGE.length(), null);
              exchange.finish();
            });
    WirePeer peer = server.connect();

    assertThat(peer.get("/a").response().body()).isEqualTo("127.0.0.1");
    peer.send("POST /body HTTP/1.1\r\nHost: t\r\nContent-Length: 500000\r\n\r\n");
    peer.send(ByteBuffer.allocate(500_000).array());
    assertThat(peer.response().body()).hasSize(500_000);
    assertThat(peer.get("/large").response().body()).hasSize(LARGE.length());
    assertThat(peer.get("/file").response().body()).hasSize(LARGE.length());

    WirePeer waiting = server.connect().get("/wait");
    await().until(() -> server.server().activeExchanges() == 1);
    waiting.close();
    assertThat(await().until(server.errors::poll, e -> e != null).reason())
        .isIn(Reason.PEER_CLOSED, Reason.PEER_RESET);

    List<WirePeer> many = new ArrayList<>();
    for (int i = 0; i < 64; i++) {
      many.add(server.connect().get("/a"));
    }
    many.forEach(p -> assertThat(p.response().status()).isEqualTo(200));
  }
}
