package io.kqueueserver.server.h2;

import io.kqueueserver.http.Headers;
import io.kqueueserver.http.HttpException;
import io.kqueueserver.http.h2.ErrorCode;
import io.kqueueserver.http.h2.FlowWindow;
import io.kqueueserver.http.h2.Http2Exception;
import io.kqueueserver.loop.Deadline;
import io.kqueueserver.server.ExchangeCore;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The client's bytes on one stream after the head of the request: the body, or the bytes of a
 * tunnel, and the window that bounds them. A request that ends with its head has no input. The
 * loop's thread only.
 */
final class StreamInput {
  private final Http2Stream stream;
  private final ExchangeCore core;
  private final FlowWindow window;

  /** Whether the bytes came before HTTP/2 began, so that the client has spent no credit on them. */
  private boolean outsideOfWindows;

  /** The body; null for a request whose head announces no body. */
  private final @Nullable InboundBody body;

  private long receivedBytes;

  StreamInput(Http2Stream stream, int windowBytes) {
    this.stream = stream;
    this.core = stream.core;
    this.window = new FlowWindow(stream.id, windowBytes);
    this.body = core.request().contentLength() == 0 ? null : new InboundBody(stream, this, core);
  }

  /** Number of bytes of DATA so far, without padding. Any thread, racily. */
  long receivedBytes() {
    return receivedBytes;
  }

  /** Number of bytes that the client may send. Any thread, racily. */
  int windowBytes() {
    return window.available();
  }

  /** Whether bytes of the request wait for a demand. */
  boolean isUnread() {
    return body != null && body.keptBytes() > 0 && !core.body().isWanted();
  }

  /** The time since which bytes wait: of their arrival, or of the last progress before. */
  long unreadSince() {
    return body == null ? Deadline.NEVER : body.unreadSince();
  }

  /**
   * A DATA frame begins.
   *
   * @param length bytes of the body
   * @param size bytes that the window counts
   * @throws Http2Exception if the window does not allow them, or the body is not as long as it was
   *     announced (RFC 9113 8.1.1)
   * @throws HttpException if the body is longer than the server's limit
   */
  void begin(int length, int size, boolean endStream) {
    window.received(size);
    receivedBytes += length;
    stream.bodyProgressed();
    if (body != null) {
      body.begin(length, endStream);
    } else if (length > 0 && stream.tunnel == null) {
      throw Http2Exception.stream(
          stream.id, ErrorCode.PROTOCOL_ERROR, "malformed request: DATA of a request without body");
    }
  }

  /** Bytes of that frame; the buffer is consumed. */
  void take(ByteBuffer piece) {
    if (body != null) {
      body.take(piece);
    } else if (stream.tunnel != null) {
      stream.tunnel.input(piece);
    }
  }

  /** Takes the whole body of an upgraded request. The client sends no further bytes of it. */
  void takeWhole(ByteBuffer whole) {
    outsideOfWindows = true;
    if (body != null) {
      body.begin(whole.remaining(), true);
      body.take(whole);
    }
  }

  /** The client has ended its side. */
  void end(Headers trailers) {
    if (body != null) {
      body.end(trailers);
    } else if (stream.tunnel != null) {
      stream.tunnel.inputEnded();
    }
  }

  /** More bytes are wanted, to be delivered or dropped. */
  void demanded() {
    if (body != null) {
      body.deliverKept();
      if (core.body().isWanted() && stream.isReceiving()) {
        stream.bodyAwaited();
      }
    }
  }

  /** The initial window has changed by {@code delta}. */
  void adjust(int delta) {
    window.adjust(delta);
  }

  /** Bytes were delivered, or dropped while the request goes on. */
  void consumed(int bytes) {
    dropped(bytes);
    if (stream.isReceiving() && !outsideOfWindows) {
      int increment = window.taken(bytes, stream.context().http2.streamWindowBytes() / 2);
      if (increment > 0) {
        stream.owner.output.windowUpdate(stream.id, increment);
      }
    }
  }

  /** Bytes were dropped, and the client gets no further credit on this stream. */
  void dropped(int bytes) {
    if (!outsideOfWindows) {
      stream.owner.streams.credit(bytes);
    }
  }

  /** Drops waiting bytes. */
  void drop() {
    if (body != null) {
      body.drop();
    }
  }
}
