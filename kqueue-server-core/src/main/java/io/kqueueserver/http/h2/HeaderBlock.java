package io.kqueueserver.http.h2;

import io.kqueueserver.stats.Limit;

/**
 * One field block on its way in: a HEADERS frame and the CONTINUATION frames behind it, with
 * nothing between them (RFC 9113 4.3). It bounds what a block may cost, in bytes on the wire and in
 * frames, when the header of a frame is known and before anything of it is decoded. The bytes pass
 * by: none are held.
 */
final class HeaderBlock {
  private final long maxBytes;
  private final int maxContinuations;

  private boolean open;
  private int streamId;
  private boolean endStream;
  private boolean endHeaders;
  private int dependency;
  private long wireBytes;
  private int continuations;

  /**
   * @param maxBytes of a block as it is on the wire
   * @param maxContinuations CONTINUATION frames of a block
   */
  HeaderBlock(long maxBytes, int maxContinuations) {
    this.maxBytes = maxBytes;
    this.maxContinuations = maxContinuations;
  }

  /** Whether a block has begun whose last byte is still to come. */
  boolean isOpen() {
    return open;
  }

  /** The stream of the block that began last. */
  int streamId() {
    return streamId;
  }

  /** The stream ends with this block. */
  boolean endStream() {
    return endStream;
  }

  /** The frame being read is the block's last. */
  boolean endHeaders() {
    return endHeaders;
  }

  /** The stream this one depends on, or -1. */
  int dependency() {
    return dependency;
  }

  void dependency(int stream) {
    dependency = stream;
  }

  /** A HEADERS frame begins. */
  void begin(int stream, int flags, int frameBytes) {
    open = true;
    streamId = stream;
    endStream = FrameFlags.isSet(flags, FrameFlags.END_STREAM);
    endHeaders = FrameFlags.isSet(flags, FrameFlags.END_HEADERS);
    dependency = -1;
    wireBytes = 0;
    continuations = 0;
    count(frameBytes);
  }

  /** Refuses a frame of another kind or stream while the block is open. */
  void checkNext(boolean isContinuation, int stream) {
    if (open && !(isContinuation && stream == streamId)) {
      throw Http2Exception.connection(
          ErrorCode.PROTOCOL_ERROR,
          "another frame before the field block of stream " + streamId + " has ended");
    }
    if (!open && isContinuation) {
      throw Http2Exception.connection(
          ErrorCode.PROTOCOL_ERROR, "CONTINUATION where no field block is open");
    }
  }

  /** A CONTINUATION frame begins. */
  void proceed(int flags, int frameBytes) {
    endHeaders = FrameFlags.isSet(flags, FrameFlags.END_HEADERS);
    if (++continuations > maxContinuations) {
      throw Http2Exception.limit(
          Limit.HTTP2_CONTINUATIONS,
          "more than " + maxContinuations + " CONTINUATION frames in one field block");
    }
    if (frameBytes == 0 && !endHeaders) {
      throw Http2Exception.limit(
          Limit.HTTP2_CONTINUATIONS, "an empty CONTINUATION frame that ends no block");
    }
    count(frameBytes);
  }

  /** The last byte of the block was read. */
  void end() {
    open = false;
  }

  private void count(int frameBytes) {
    wireBytes += frameBytes;
    if (wireBytes > maxBytes) {
      throw Http2Exception.limit(
          Limit.HTTP2_HEADER_BLOCK, "a field block of more than " + maxBytes + " bytes");
    }
  }
}
