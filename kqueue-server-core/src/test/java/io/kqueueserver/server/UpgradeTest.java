package io.kqueueserver.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.UpgradeHandler;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class UpgradeTest {
  private static final String REQUEST =
      "GET /up HTTP/1.1\r\nHost: t\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n";

  @RegisterExtension final ServerExtension server = new ServerExtension();

  private static class Echo implements UpgradeHandler {
    private @Nullable Stream stream;

    @Override
    public void onOpen(Stream stream) {
      this.stream = stream;
    }

    @Override
    public void onBytes(ByteBuffer data) {
      if (stream != null) {
        stream.write(data, null);
      }
    }

    @Override
    public void onClose(@Nullable ExchangeException cause) {}
  }

  @Test
  void aLateUpgradeHandsOverWhatCameMeanwhileInOrder() throws IOException {
    BlockingQueue<Exchange> waiting = new LinkedBlockingQueue<>();
    server.on("/up", waiting::add);
    WirePeer peer = server.connect().send(REQUEST + "one ");
    Exchange exchange = await().until(waiting::poll, e -> e != null);
    peer.send("two ");

    exchange.execute(() -> exchange.upgrade(101, sink -> {}, new Echo()));

    assertThat(peer.response().status()).isEqualTo(101);
    assertThat(new String(peer.in().readNBytes(8), StandardCharsets.US_ASCII))
        .isEqualTo("one two ");
  }

  @Test
  void anUpgradeHandlerThatThrowsLosesItsConnection() {
    server.on(
        "/up",
        exchange ->
            exchange.upgrade(
                101,
                sink -> {},
                new Echo() {
                  @Override
                  public void onOpen(Stream stream) {
                    throw new IllegalStateException("on purpose");
                  }
                }));

    assertThat(server.connect().send(REQUEST).readAll()).endsWith("<reset>");
  }
}
