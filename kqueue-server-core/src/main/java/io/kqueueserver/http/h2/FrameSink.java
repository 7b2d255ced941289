package io.kqueueserver.http.h2;

import java.nio.ByteBuffer;

/**
 * Receives the frames that {@link FrameParser} has read, one method per frame type. Buffers are
 * valid during the call only. A method may throw an {@link Http2Exception}: the parser passes it
 * on, and after an error of one stream it can be called again and goes on behind the frame.
 */
public interface FrameSink {
  /**
   * A frame header was read, of a known or an unknown type; called before the frame is checked and
   * before its payload. The place to count frames and to log them. It may throw connection errors
   * only.
   *
   * @param type the number of the type; {@link FrameType#of} knows its name
   */
  default void frame(int type, int flags, int streamId, int length) {}

  /**
   * A DATA frame begins; {@link #dataPiece} follows at least once. For flow control the frame
   * counts {@code length + padding} bytes (RFC 9113 6.9.1).
   *
   * @param length bytes of data
   * @param padding bytes of padding with the octet of its length, which are not passed on
   */
  void data(int streamId, int length, int padding, boolean endStream);

  /**
   * Bytes of the DATA frame that began last, as they arrived and not gathered; no byte if the frame
   * has none.
   *
   * @param endStream the stream ends behind this piece
   */
  void dataPiece(int streamId, ByteBuffer piece, boolean endStream);

  /**
   * A field block begins, of HEADERS and the CONTINUATION frames behind it; {@link #headersEnd}
   * follows, and nothing else before it but {@link #frame} and {@link #headersPiece}. The block
   * must be decoded for every stream, or the connection's compression state is lost: so this method
   * and {@link #headersPiece} may throw connection errors only.
   *
   * @param dependency the stream this one depends on by RFC 7540 5.3, or -1; if it is the stream
   *     itself, that is {@link Http2Exception#selfDependency}
   */
  void headers(int streamId, boolean endStream, int dependency);

  /** Bytes of the field block as they arrived, at least one. */
  void headersPiece(ByteBuffer piece);

  /** The field block is complete. */
  void headersEnd(int streamId, boolean endStream);

  /**
   * PRIORITY of RFC 7540, which nothing follows from.
   *
   * @param dependency never the stream itself: that is refused by the parser
   */
  void priority(int streamId, int dependency);

  /** RST_STREAM; {@link ErrorCode#of} has the constant of the code. */
  void rstStream(int streamId, int code);

  /**
   * One parameter of a SETTINGS frame; {@link #settingsEnd} follows behind the last one.
   *
   * @param value 32 bits without a sign
   */
  void setting(int identifier, long value);

  /** A SETTINGS frame is complete and must be acknowledged. */
  void settingsEnd();

  /** The peer has applied the SETTINGS that were sent to it first of those not acknowledged. */
  void settingsAck();

  void ping(long opaque, boolean ack);

  /** GOAWAY; {@link #goAwayText} follows if the frame has debug data. */
  void goAway(int lastStreamId, int code);

  /**
   * Debug data of the GOAWAY that came last, as it arrived: any octets, meant for people.
   *
   * @param last whether the frame ends behind this piece
   */
  default void goAwayText(ByteBuffer piece, boolean last) {}

  /**
   * WINDOW_UPDATE.
   *
   * @param streamId 0 for the window of the connection
   * @param increment at least 1
   */
  void windowUpdate(int streamId, int increment);

  /**
   * PRIORITY_UPDATE (RFC 9218 7.1).
   *
   * @param streamId the stream whose priority changes, which may be idle; never 0
   */
  void priorityUpdate(int streamId, Priority priority);
}
