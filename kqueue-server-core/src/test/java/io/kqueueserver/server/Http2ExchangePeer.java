package io.kqueueserver.server;

import io.kqueueserver.http.contract.ExchangePeer;
import io.kqueueserver.http.h2.ErrorCode;
import io.kqueueserver.http.h2.FrameType;
import io.kqueueserver.server.Http2Peer.Frame;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/** The client of one stream, which gives credit only for what its test reads. */
final class Http2ExchangePeer implements ExchangePeer {
  /** The end of the connection, as a frame. */
  static final Frame CLOSED = new Frame(-1, 0, 0, new byte[0], List.of());

  private static final int MAX_FRAME = 16_384;

  private final Http2ExchangeClient client;
  private final int stream;
  private final boolean alone;
  private final String method;
  private final BlockingQueue<Frame> frames = new LinkedBlockingQueue<>();

  // Under the client's lock.
  private final ByteArrayOutputStream unsent = new ByteArrayOutputStream();
  private long window;
  private long announced;
  private String @Nullable [] trailers;
  private boolean sent;
  private boolean ended;

  /**
   * The head was sent.
   *
   * @param alone whether the connection is this exchange's own
   */
  Http2ExchangePeer(
      Http2ExchangeClient client,
      int stream,
      boolean alone,
      String method,
      long contentLength,
      long window) {
    this.client = client;
    this.stream = stream;
    this.alone = alone;
    this.method = method;
    this.announced = contentLength;
    this.window = window;
    this.sent = contentLength == 0;
  }

  // ---- the client's side

  @SuppressWarnings("ReferenceEquality") // CLOSED is a mark, not a frame
  void heard(Frame frame) {
    ended |= frame == CLOSED || frame.endsStream() || frame.is(FrameType.RST_STREAM);
    frames.add(frame);
  }

  void credit(long change) {
    window += change;
  }

  /** Sends what there is credit for. */
  void pump() {
    byte[] all = unsent.toByteArray();
    int at = 0;
    while (at < all.length) {
      int wanted = (int) Math.min(Math.min(all.length - at, MAX_FRAME), window);
      int count = wanted <= 0 ? 0 : client.takeCredit(wanted);
      if (count == 0) {
        break;
      }
      window -= count;
      byte[] piece = Arrays.copyOfRange(all, at, at + count);
      at += count;
      if (announced > 0) {
        announced -= count;
        sent = announced == 0;
      }
      write(Http2Peer.data(stream, sent, piece));
    }
    unsent.reset();
    unsent.write(all, at, all.length - at);
    String[] last = trailers;
    if (unsent.size() == 0 && last != null) {
      trailers = null;
      sent = true;
      write(
          last.length == 0
              ? Http2Peer.data(stream, true, new byte[0])
              : client.wire.headers(stream, true, last));
    }
  }

  /** A stream that is over, or a connection, takes nothing more, as with any client. */
  private void write(byte[] frame) {
    try {
      client.wire.send(frame);
    } catch (UncheckedIOException e) {
      // The server has closed: what was read last tells why.
    }
  }

  @Override
  public void sendBody(String piece) {
    synchronized (client) {
      unsent.writeBytes(piece.getBytes(StandardCharsets.ISO_8859_1));
      pump();
    }
  }

  @Override
  public void endBody(String... fields) {
    synchronized (client) {
      trailers = fields;
      pump();
    }
  }

  // ---- the answer

  /** The next frame of the stream that is no WINDOW_UPDATE. */
  Frame next() {
    try {
      Frame frame = frames.poll(10, TimeUnit.SECONDS);
      if (frame == null) {
        throw new AssertionError("no frame of stream " + stream + " in time");
      }
      return frame;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public int interim() {
    return next().status();
  }

  @Override
  @SuppressWarnings("ReferenceEquality") // CLOSED is a mark, not a frame
  public Answer answer() {
    int status = 0;
    Map<String, String> fields = Map.of();
    List<String> trailers = new ArrayList<>();
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    End end = End.COMPLETE;
    while (true) {
      Frame frame = next();
      if (frame == CLOSED || frame.is(FrameType.RST_STREAM)) {
        end = End.BROKEN;
        break;
      } else if (frame.is(FrameType.DATA)) {
        body.writeBytes(frame.payload());
        giveCredit(frame);
      } else if (status < 200) {
        status = frame.status();
        fields = fields(frame.fields());
      } else {
        trailers.addAll(frame.fields());
      }
      if (frame.endsStream()) {
        break;
      }
    }
    String length = fields.get("content-length");
    boolean bodyless = method.equals("HEAD") || status == 204 || status == 304;
    if (end == End.COMPLETE && length != null && !bodyless) {
      if (Long.parseLong(length) != body.size()) {
        throw new AssertionError(body.size() + " bytes, and not the " + length + " announced");
      }
    }
    boolean gzip = "gzip".equals(fields.get("content-encoding"));
    String text = gzip ? plain(body.toByteArray()) : body.toString(StandardCharsets.ISO_8859_1);
    return new Answer(status, fields, text, trailers, end);
  }

  void giveCredit(Frame frame) {
    int count = frame.payload().length;
    if (count > 0) {
      write(Http2Peer.windowUpdate(0, count));
      if (!frame.endsStream()) {
        write(Http2Peer.windowUpdate(stream, count));
      }
    }
  }

  private static Map<String, String> fields(List<String> lines) {
    Map<String, String> fields = new LinkedHashMap<>();
    for (String line : lines) {
      int colon = line.indexOf(':', 1);
      fields.merge(
          line.substring(0, colon), line.substring(colon + 2), (first, next) -> first + "," + next);
    }
    return fields;
  }

  /** As much of it as came. */
  private static String plain(byte[] coded) {
    ByteArrayOutputStream plain = new ByteArrayOutputStream();
    if (coded.length > 0) {
      try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(coded))) {
        byte[] some = new byte[8_192];
        for (int n; (n = in.read(some)) >= 0; ) {
          plain.write(some, 0, n);
        }
      } catch (IOException e) {
        // Broken off: what was plain before is the answer.
      }
    }
    return plain.toString(StandardCharsets.ISO_8859_1);
  }

  // ---- the end

  /** Resets the stream; or the connection, if it is this exchange's own. */
  @Override
  public void disappear() {
    if (!alone) {
      resetStream();
    } else if (client.wire.wire().socket instanceof SSLSocket) {
      client.wire.close(); // may be closed in good order only
    } else {
      client.wire.wire().reset();
    }
  }

  private void resetStream() {
    synchronized (client) {
      ended = true;
      write(Http2Peer.rst(stream, ErrorCode.CANCEL));
    }
  }

  @Override
  public void close() {
    boolean open;
    synchronized (client) {
      open = !ended || !sent;
    }
    if (alone) {
      client.close();
    } else if (open) {
      resetStream();
    }
  }
}
