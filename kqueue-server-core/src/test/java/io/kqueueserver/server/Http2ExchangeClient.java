package io.kqueueserver.server;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.h2.FrameFlags;
import io.kqueueserver.http.h2.FrameType;
import io.kqueueserver.http.h2.Setting;
import io.kqueueserver.server.Http2Peer.Frame;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * One connection of HTTP/2 with any number of exchanges: a thread reads for all of them, and sends
 * what is left of their bodies as the server gives credit.
 */
final class Http2ExchangeClient implements AutoCloseable {
  private static final int INITIAL_WINDOW = 65_535;

  final Http2Peer wire;
  private final Map<Integer, Http2ExchangePeer> exchanges = new ConcurrentHashMap<>();
  private final Thread reader;
  private int nextStream = 1;
  private long window = INITIAL_WINDOW;
  private long streamWindow = INITIAL_WINDOW;
  private volatile boolean ended;

  Http2ExchangeClient(Http2Peer wire) {
    this.wire = wire;
    wire.send(Http2Peer.PREFACE, Http2Peer.settings());
    reader = new Thread(this::read, "http2-client");
    reader.setDaemon(true);
    reader.start();
  }

  /** Sends the head of a request; what its body may take of the windows is seen to. */
  Http2ExchangePeer open(
      boolean alone, String method, String path, long contentLength, List<String> fields) {
    List<String> lines = new ArrayList<>();
    lines.add(":method: " + method);
    lines.add(":scheme: " + (alone ? "https" : "http"));
    lines.add(":authority: localhost");
    lines.add(":path: " + path);
    lines.addAll(fields);
    return open(alone, method, contentLength, lines);
  }

  /** Asks for a tunnel. */
  Http2ExchangePeer connect(boolean alone, List<String> fields) {
    List<String> lines = new ArrayList<>(List.of(":method: CONNECT", ":authority: localhost:80"));
    lines.addAll(fields);
    return open(alone, "CONNECT", Exchange.UNKNOWN_LENGTH, lines);
  }

  private synchronized Http2ExchangePeer open(
      boolean alone, String method, long contentLength, List<String> lines) {
    int stream = nextStream;
    nextStream += 2;
    Http2ExchangePeer peer =
        new Http2ExchangePeer(this, stream, alone, method, contentLength, streamWindow);
    exchanges.put(stream, peer);
    wire.send(wire.headers(stream, contentLength == 0, lines.toArray(String[]::new)));
    if (ended) {
      peer.heard(Http2ExchangePeer.CLOSED);
    }
    return peer;
  }

  private void read() {
    try {
      for (Frame frame = wire.read(); frame != null; frame = wire.read()) {
        take(frame);
      }
    } catch (AssertionError | RuntimeException e) {
      // Silence for long, or a socket that is closed meanwhile: the end all the same.
    } finally {
      ended = true;
      exchanges.values().forEach(exchange -> exchange.heard(Http2ExchangePeer.CLOSED));
    }
  }

  private synchronized void take(Frame frame) {
    if (frame.is(FrameType.SETTINGS) && !frame.has(FrameFlags.ACK)) {
      ByteBuffer settings = ByteBuffer.wrap(frame.payload());
      while (settings.hasRemaining()) {
        int identifier = settings.getShort();
        long value = settings.getInt() & 0xffff_ffffL;
        if (identifier == Setting.INITIAL_WINDOW_SIZE.identifier()) {
          long change = value - streamWindow;
          streamWindow = value;
          exchanges.values().forEach(exchange -> exchange.credit(change));
        }
      }
      wire.send(Http2Peer.settingsAck());
    } else if (frame.is(FrameType.WINDOW_UPDATE, 0)) {
      window += frame.first();
    } else if (frame.is(FrameType.WINDOW_UPDATE)) {
      exchanges.get(frame.stream()).credit(frame.first());
    } else if (frame.stream() != 0) {
      exchanges.get(frame.stream()).heard(frame);
    }
    exchanges.values().forEach(Http2ExchangePeer::pump);
  }

  /** Takes of the connection's credit what there is; under this object's lock. */
  int takeCredit(int wanted) {
    int count = (int) Math.max(0, Math.min(wanted, window));
    window -= count;
    return count;
  }

  @Override
  public void close() {
    wire.close();
    try {
      reader.join(10_000);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
