package io.kqueueserver.server;

import static org.awaitility.Awaitility.await;

import io.kqueueserver.KqueueServer;
import io.kqueueserver.KqueueServerBuilder;
import io.kqueueserver.build.TlsFixture;
import io.kqueueserver.http.ExchangeHandler;
import io.kqueueserver.http.contract.StreamFixture;
import io.kqueueserver.http.h2.FrameType;
import io.kqueueserver.http.h2.Http2Options;
import io.kqueueserver.server.Http2Peer.Frame;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Tunnels of CONNECT, all on one connection of HTTP/2. */
final class Http2StreamFixture implements StreamFixture {
  private final AtomicReference<ExchangeHandler> next = new AtomicReference<>(exchange -> {});
  private final KqueueServer server;
  private final boolean tls;
  private @Nullable Http2ExchangeClient client;

  Http2StreamFixture(boolean tls, Duration idleTimeout, Duration drainTimeout) {
    this.tls = tls;
    KqueueServerBuilder builder =
        KqueueServer.builder()
            .port(0)
            .loops(1)
            .http2(Http2Options.DEFAULTS)
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
    Http2ExchangeClient shared = client;
    if (shared == null) {
      int port = server.port();
      shared = new Http2ExchangeClient(tls ? Http2Peer.tls(port) : Http2Peer.clear(port));
      client = shared;
    }
    Http2ExchangePeer stream = shared.connect(false, List.of());
    if (!bytes.isEmpty()) {
      stream.sendBody(bytes);
    }
    return new Http2Tunnel(stream);
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
    if (client != null) {
      client.close();
    }
    await("connections close").until(() -> server.connections() == 0);
    server.stop();
  }

  private static final class Http2Tunnel implements Peer {
    private final Http2ExchangePeer stream;
    private final StringBuilder unread = new StringBuilder();
    private String end = "";

    Http2Tunnel(Http2ExchangePeer stream) {
      this.stream = stream;
    }

    @Override
    public int status() {
      Frame frame = stream.next();
      return frame.is(FrameType.HEADERS) ? frame.status() : 0;
    }

    @Override
    public void send(String bytes) {
      stream.sendBody(bytes);
    }

    @Override
    public void finish() {
      stream.endBody();
    }

    @Override
    public String read(int count) {
      while (unread.length() < count && more()) {}
      String read = unread.substring(0, Math.min(count, unread.length()));
      unread.delete(0, read.length());
      return read;
    }

    @Override
    public String readAll() {
      while (more()) {}
      String all = unread + end;
      unread.setLength(0);
      return all;
    }

    /** Reads a frame; false if it was the last. */
    private boolean more() {
      Frame frame = stream.next();
      if (frame.is(FrameType.DATA)) {
        unread.append(frame.text());
        stream.giveCredit(frame);
      } else if (!frame.is(FrameType.HEADERS)) {
        end = "<broken>";
        return false;
      }
      return !frame.endsStream();
    }

    @Override
    public void disappear() {
      stream.disappear();
    }

    @Override
    public void close() {
      stream.close();
    }
  }
}
