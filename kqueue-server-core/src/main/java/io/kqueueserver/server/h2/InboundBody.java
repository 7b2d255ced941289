package io.kqueueserver.server.h2;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.Headers;
import io.kqueueserver.http.HttpException;
import io.kqueueserver.http.h2.ErrorCode;
import io.kqueueserver.http.h2.Http2Exception;
import io.kqueueserver.server.ExchangeCore;
import io.kqueueserver.server.RequestBody;
import io.kqueueserver.stats.Limit;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The body of one request in DATA frames. Bytes without demand are kept, at most the window of the
 * stream. Delivered and dropped bytes give credit back to the client. The loop's thread only.
 */
final class InboundBody {
  private final Http2Stream stream;
  private final StreamInput input;
  private final RequestBody request;
  private final int pieceBytes;
  private final long maxBytes;
  private final long announced;

  private @Nullable KeptInput kept;
  private long unreadSince;
  private long received;
  private @Nullable Headers trailers;
  private boolean delivering;

  InboundBody(Http2Stream stream, StreamInput input, ExchangeCore core) {
    this.stream = stream;
    this.input = input;
    this.request = core.body();
    this.pieceBytes = stream.context().bodyPieceBytes;
    this.maxBytes = stream.context().limits.maxBodyBytes();
    this.announced = core.request().contentLength();
  }

  /** Number of bytes that wait for a demand. */
  int keptBytes() {
    return kept == null ? 0 : kept.bytes();
  }

  /** The time since which no waiting byte was taken. */
  long unreadSince() {
    return unreadSince;
  }

  /**
   * A DATA frame begins.
   *
   * @throws Http2Exception if the body is not as long as it was announced (RFC 9113 8.1.1)
   * @throws HttpException if the body is longer than the server's limit
   */
  void begin(int length, boolean endStream) {
    received += length;
    if (announced != Exchange.UNKNOWN_LENGTH
        && (received > announced || (endStream && received < announced))) {
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
    if (keptBytes() == 0) {
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
    KeptInput queue = kept;
    if (queue == null) {
      queue = new KeptInput(pieceBytes);
      kept = queue;
    }
    if (queue.bytes() == 0) {
      unreadSince = stream.owner.now();
    }
    int count = in.remaining();
    queue.add(in);
    stream.keeps(count);
  }

  /** The request is complete. */
  void end(Headers fields) {
    if (announced != Exchange.UNKNOWN_LENGTH && received != announced) {
      throw malformed();
    }
    trailers = fields;
    endIfDelivered();
  }

  /** Delivers kept bytes on demand, or drops them. */
  void deliverKept() {
    if (delivering) {
      return;
    }
    while (request.isWanted()) {
      ByteBuffer piece = kept == null ? null : kept.take(pieceBytes);
      if (piece == null) {
        kept = null;
        break;
      }
      // Before the callback, because a stream that ends inside of it drops the kept bytes.
      int count = piece.remaining();
      unreadSince = stream.owner.now();
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
      while (in.hasRemaining() && request.isWanted()) {
        int end = in.limit();
        int count = Math.min(pieceBytes, in.remaining());
        in.limit(in.position() + count);
        try {
          if (!request.received(in)) {
            stream.context().loop.stats().bytesDiscarded += count;
          }
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
    if (fields != null && keptBytes() == 0 && !delivering && !request.isEnded()) {
      request.ended(fields);
    }
  }

  /** The stream has ended: drops waiting bytes. */
  void drop() {
    int count = kept == null ? 0 : kept.clear();
    kept = null;
    if (count > 0) {
      stream.keeps(-count);
      input.dropped(count);
    }
  }
}
