package io.kqueueserver.server;

import static org.awaitility.Awaitility.await;

import io.kqueueserver.KqueueServer;
import io.kqueueserver.KqueueServerBuilder;
import io.kqueueserver.build.TlsFixture;
import io.kqueueserver.http.ExchangeHandler;
import io.kqueueserver.http.contract.StreamFixture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/** A server on a real socket for streams that are opened one after the other. */
abstract class SocketStreamFixture implements StreamFixture {
  private final AtomicReference<ExchangeHandler> next = new AtomicReference<>(exchange -> {});
  private final KqueueServer server;
  final boolean tls;

  SocketStreamFixture(boolean tls, StreamOptions streams, Consumer<KqueueServerBuilder> options) {
    this.tls = tls;
    KqueueServerBuilder builder =
        KqueueServer.builder()
            .port(0)
            .loops(1)
            .streams(streams)
            .handler(exchange -> next.get().handle(exchange));
    if (tls) {
      builder.tls(TlsFixture.server());
    }
    options.accept(builder);
    server = builder.build();
    server.start();
  }

  @Override
  public final Peer open(String bytes, ExchangeHandler handler) {
    next.set(handler);
    return open(server.port(), bytes);
  }

  /** Sends the request of a switch, and the bytes behind it. */
  abstract Peer open(int port, String bytes);

  /** Closes what the client keeps between streams. */
  void closeClient() {}

  @Override
  public final void drain(Runnable whenIdle) {
    server.drain(whenIdle);
  }

  @Override
  public final void stop() {
    server.stop();
  }

  @Override
  public final int active() {
    return server.activeExchanges();
  }

  @Override
  public final void close() {
    try {
      await("streams end").until(() -> server.activeExchanges() == 0);
      closeClient();
      await("connections close").until(() -> server.connections() == 0);
    } finally {
      server.stop(); // its threads would fail the tests that follow
    }
  }
}
