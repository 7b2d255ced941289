package io.kqueueserver.http;

import java.nio.ByteBuffer;

/**
 * The application's listener of one exchange. Every method is called on the loop's thread of the
 * exchange. {@link #onComplete} or {@link #onError} is called exactly once, as the last call.
 */
public interface ExchangeListener {
  /**
   * Receives a demanded piece of the request body. The buffer is unpooled, and the listener owns
   * it.
   */
  default void onBody(ByteBuffer data) {}

  /**
   * Receives a demanded piece of the request body in memory of the server. Large pieces come by
   * this method, as long as there is memory to lend. The default copies the bytes for {@link
   * #onBody}.
   */
  default void onLentBody(BodyPiece piece) {
    ByteBuffer copy;
    try {
      ByteBuffer lent = piece.bytes();
      copy = ByteBuffer.allocate(lent.remaining()).put(lent).flip();
    } finally {
      piece.release();
    }
    onBody(copy);
  }

  /**
   * The request body is complete. Called at once for a request without body, and without further
   * demand after a body of announced length. The end of a body of unknown length needs demand after
   * its last piece.
   */
  default void onBodyComplete(Headers trailers) {}

  /**
   * {@link Exchange#isWritable()} is true again after it was false, whether the listener has asked
   * or not. A listener that does not wait must ignore the call.
   */
  default void onWritable() {}

  /** The last byte of the finished response was handed to the kernel. */
  default void onComplete() {}

  /**
   * The exchange has ended early. No more bytes can be read or written, and the application should
   * cancel its work for the exchange.
   */
  default void onError(ExchangeException cause) {}
}
