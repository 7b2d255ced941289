package io.kqueueserver.server.h2;

import io.kqueueserver.http.Headers;
import io.kqueueserver.http.HttpException;
import io.kqueueserver.http.h2.ErrorCode;
import io.kqueueserver.http.h2.Http2Exception;
import io.kqueueserver.server.ExchangeCore;
import io.kqueueserver.stats.Limit;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The body of one request as DATA frames bring it: what is not demanded yet is kept, at most the
 * window of the stream, and what was delivered or thrown away gives credit back. The loop's thread
 * only.
 */
final class InboundBody {
  private static final long UNKNOWN = -1;

  private final Http2Stream stream;
  private final StreamInput input;
  private final ExchangeCore core;
  private final int pieceBytes;
  private final long maxBytes;
  private final long announced;

  private @Nullable ArrayDeque<ByteBuffer> kept;
  private int keptBytes;
  private long received;
  private @Nullable Headers trailers;
  private boolean delivering;

  InboundBody(Http2Stream stream, StreamInput input, ExchangeCore core) {
    this.stream = stream;
    this.input = input;
    this.core = core;
    this.pieceBytes = stream.context().bodyPieceBytes;
    this.maxBytes = stream.context().limits.maxBodyBytes();
    this.announced = core.request().contentLength();
  }

  /** Bytes that wait for a demand. */
  int keptBytes() {
    return keptBytes;
  }

  /**
   * A DATA frame begins.
   *
   * @throws Http2Exception if the body is not as long as it was announced (RFC 9113 8.1.1)
   * @throws HttpException if it is longer than the server takes
   */
  void begin(int length, boolean endStream) {
    received += length;
    if (announced != UNKNOWN && (received > announced || (endStream && received < announced))) {
      throw malformed();
    }
    if (maxBytes >= 0 && received > maxBytes) {
      throw HttpException.limit(413, Limit.BODY_SIZE, "body larger than " + maxBytes + " bytes");
    }
  }

  private Http2Exception malformed() {
    return Http2Exception.stream(
        stream.id,
        ErrorCode.PROTOCOL_ERROR,
        "malformed request: " + received + " bytes of body, Content-Length " + announced);
  }

  /** Bytes of the frame; the buffer is consumed. */
  void take(ByteBuffer in) {
    if (keptBytes == 0) {
      deliver(in);
    }
    if (in.hasRemaining() && stream.isReceiving()) {
      keep(in);
    } else if (in.hasRemaining()) {
      input.dropped(in.remaining());
      in.position(in.limit());
    }
  }

  private void keep(ByteBuffer in) {
    ArrayDeque<ByteBuffer> queue = kept;
    if (queue == null) {
      queue = new ArrayDeque<>(4);
      kept = queue;
    }
    int count = in.remaining();
    ByteBuffer last = queue.peekLast();
    if (last != null && last.capacity() - last.limit() >= count) {
      int end = last.limit();
      last.limit(end + count).put(end, in, in.position(), count);
      in.position(in.limit());
    } else {
      // Small frames share a buffer, so that what is kept is about what has come.
      int size = Math.max(count, Math.min(pieceBytes, 2 * keptBytes));
      queue.add(ByteBuffer.allocate(size).put(in).flip());
    }
    keptBytes += count;
    stream.keeps(count);
  }

  /** The request is complete. */
  void end(Headers fields) {
    if (announced != UNKNOWN && received != announced) {
      throw malformed();
    }
    trailers = fields;
    endIfDelivered();
  }

  /** Something was demanded, or is to be thrown away. */
  void deliverKept() {
    if (delivering) {
      return;
    }
    while (core.wantsBody()) {
      ByteBuffer first = kept == null ? null : kept.peek();
      if (kept == null || first == null) {
        kept = null;
        break;
      }
      int count = Math.min(pieceBytes, first.remaining());
      ByteBuffer piece = first.slice(first.position(), count);
      first.position(first.position() + count);
      if (!first.hasRemaining()) {
        kept.remove();
      }
      // Before the application has it: a stream that ends in its hands throws away what is left.
      keptBytes -= count;
      stream.keeps(-count);
      deliver(piece);
    }
    endIfDelivered();
  }

  private void deliver(ByteBuffer in) {
    if (delivering) {
      return;
    }
    delivering = true;
    try {
      while (in.hasRemaining() && core.wantsBody()) {
        int end = in.limit();
        int count = Math.min(pieceBytes, in.remaining());
        in.limit(in.position() + count);
        try {
          core.bodyReceived(in);
        } finally {
          in.position(in.limit()).limit(end);
        }
        input.consumed(count);
      }
    } finally {
      delivering = false;
    }
  }

  private void endIfDelivered() {
    Headers fields = trailers;
    if (fields != null && keptBytes == 0 && !delivering && !core.isRequestEnded()) {
      core.requestEnded(fields);
    }
  }

  /** The stream has ended: what waits is thrown away. */
  void drop() {
    int count = keptBytes;
    kept = null;
    keptBytes = 0;
    if (count > 0) {
      stream.keeps(-count);
      input.dropped(count);
    }
  }
}
