package io.kqueueserver.server.h2;

import io.kqueueserver.http.Headers;
import io.kqueueserver.http.HttpException;
import io.kqueueserver.http.h2.ErrorCode;
import io.kqueueserver.http.h2.FlowWindow;
import io.kqueueserver.http.h2.Http2Exception;
import io.kqueueserver.server.ExchangeCore;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What a client sends on one stream behind the head of its request: the body, or the bytes of a
 * tunnel, and the window that bounds them. There is none for a request that ends with its head. The
 * loop's thread only.
 */
final class StreamInput {
  private final Http2Stream stream;
  private final ExchangeCore core;
  private final FlowWindow window;

  /** Null for a request whose head announces no body. */
  private final @Nullable InboundBody body;

  StreamInput(Http2Stream stream, int windowBytes) {
    this.stream = stream;
    this.core = stream.core;
    this.window = new FlowWindow(stream.id, windowBytes);
    this.body = core.request().contentLength() == 0 ? null : new InboundBody(stream, this, core);
  }

  /** Whether the request has a body that is still to come. */
  boolean hasBody() {
    return body != null;
  }

  /** Whether bytes of the request wait for a demand. */
  boolean isUnread() {
    return body != null && body.keptBytes() > 0 && !core.wantsBody();
  }

  /**
   * A DATA frame begins.
   *
   * @param length bytes of the body
   * @param size bytes that the window counts
   * @throws Http2Exception if the window does not allow them, or the body is not as long as it was
   *     announced (RFC 9113 8.1.1)
   * @throws HttpException if it is longer than the server takes
   */
  void begin(int length, int size, boolean endStream) {
    window.received(size);
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

  /** The client has sent the last of it. */
  void end(Headers trailers) {
    if (body != null) {
      body.end(trailers);
    } else if (stream.tunnel != null) {
      stream.tunnel.inputEnded();
    }
  }

  /** More is wanted, or to be thrown away. */
  void demanded() {
    if (body != null) {
      body.deliverKept();
      if (core.wantsBody() && stream.isReceiving()) {
        stream.bodyAwaited();
      }
    }
  }

  /** The initial window has changed by so much. */
  void adjust(int delta) {
    window.adjust(delta);
  }

  /** Bytes were delivered, or thrown away while the request goes on. */
  void consumed(int bytes) {
    dropped(bytes);
    if (stream.isReceiving()) {
      int increment = window.taken(bytes, stream.context().http2.streamWindowBytes() / 2);
      if (increment > 0) {
        stream.owner.output.windowUpdate(stream.id, increment);
      }
    }
  }

  /** Bytes were thrown away, and the client is not asked for more on this stream. */
  void dropped(int bytes) {
    stream.owner.streams.credit(bytes);
  }

  /** What waits is thrown away. */
  void drop() {
    if (body != null) {
      body.drop();
    }
  }
}
