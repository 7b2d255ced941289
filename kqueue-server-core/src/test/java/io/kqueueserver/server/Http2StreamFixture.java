package io.kqueueserver.server;

import io.kqueueserver.http.h2.FrameType;
import io.kqueueserver.http.h2.Http2Options;
import io.kqueueserver.server.Http2Peer.Frame;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Tunnels of CONNECT, all on one connection of HTTP/2. */
final class Http2StreamFixture extends SocketStreamFixture {
  private @Nullable Http2ExchangeClient client;

  Http2StreamFixture(boolean tls, Duration idleTimeout, Duration drainTimeout) {
    super(
        tls,
        new StreamOptions(idleTimeout, drainTimeout),
        builder -> builder.http2(Http2Options.DEFAULTS));
  }

  @Override
  Peer open(int port, String bytes) {
    Http2ExchangeClient shared = client;
    if (shared == null) {
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
  void closeClient() {
    if (client != null) {
      client.close();
    }
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
