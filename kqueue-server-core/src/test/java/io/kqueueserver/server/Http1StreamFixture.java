package io.kqueueserver.server;

import static org.awaitility.Awaitility.await;

import io.kqueueserver.KqueueServer;
import io.kqueueserver.KqueueServerBuilder;
import io.kqueueserver.build.TlsFixture;
import io.kqueueserver.http.ExchangeHandler;
import io.kqueueserver.http.contract.StreamFixture;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;

/** Streams on connections of HTTP/1.1. */
final class Http1StreamFixture implements StreamFixture {
  private static final String REQUEST =
      "GET /up HTTP/1.1\r\nHost: t\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n";

  private final AtomicReference<ExchangeHandler> next = new AtomicReference<>(exchange -> {});
  private final KqueueServer server;
  private final boolean tls;

  Http1StreamFixture(boolean tls, Duration idleTimeout, Duration drainTimeout) {
    this.tls = tls;
    KqueueServerBuilder builder =
        KqueueServer.builder()
            .port(0)
            .loops(1)
            .streams(new StreamOptions(idleTimeout, drainTimeout))
            .handler(exchange -> next.get().handle(exchange));
    if (tls) {
      builder.tls(TlsFixture.server());
    }
    server = builder.build();
    server.start();
  }

  @Override
  public Peer open(String bytes, ExchangeHandler handler) {
    next.set(handler);
    WirePeer wire =
        tls
            ? WirePeer.on(TlsFixture.connect(TlsFixture.client(), server.port()))
            : WirePeer.connect(server.port());
    wire.send(REQUEST + bytes);
    return new Http1Peer(wire);
  }

  @Override
  public void drain(Runnable whenIdle) {
    server.drain(whenIdle);
  }

  @Override
  public void stop() {
    server.stop();
  }

  @Override
  public int active() {
    return server.activeExchanges();
  }

  @Override
  public void close() {
    await("streams end").until(() -> server.activeExchanges() == 0);
    await("connections close").until(() -> server.connections() == 0);
    server.stop();
  }

  private record Http1Peer(WirePeer wire) implements Peer {
    @Override
    public int status() {
      return wire.response(false).status();
    }

    @Override
    public void send(String bytes) {
      wire.send(bytes);
    }

    @Override
    public void finish() {
      wire.shutdownOutput();
    }

    @Override
    public String read(int count) {
      try {
        return new String(wire.in().readNBytes(count), StandardCharsets.ISO_8859_1);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public String readAll() {
      String all = wire.readAll();
      int broken = all.endsWith(">") ? all.lastIndexOf('<') : -1;
      return broken < 0 ? all : all.substring(0, broken) + "<broken>";
    }

    @Override
    public void disappear() {
      wire.reset();
    }

    @Override
    public void close() {
      if (!wire.socket.isClosed()) {
        disappear(); // FIN alone would end one side
      }
    }
  }
}
