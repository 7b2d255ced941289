package io.kqueueserver.server;

import io.kqueueserver.build.TlsFixture;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** Streams on connections of HTTP/1.1. */
final class Http1StreamFixture extends SocketStreamFixture {
  private static final String REQUEST =
      "GET /up HTTP/1.1\r\nHost: t\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n";

  Http1StreamFixture(boolean tls, Duration idleTimeout, Duration drainTimeout) {
    super(tls, new StreamOptions(idleTimeout, drainTimeout), builder -> {});
  }

  @Override
  Peer open(int port, String bytes) {
    WirePeer wire =
        tls ? WirePeer.on(TlsFixture.connect(TlsFixture.client(), port)) : WirePeer.connect(port);
    wire.send(REQUEST + bytes);
    return new Http1Peer(wire);
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
