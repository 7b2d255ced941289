package io.kqueueserver.http;

import java.nio.ByteBuffer;

/**
 * What an application hears about its exchange. Every method is called on the exchange's loop
 * thread. {@link #onComplete} or {@link #onError} is called exactly once, as the last call of all.
 */
public interface ExchangeListener {
  /** One demanded piece of the request body. The buffer is unpooled and belongs to the receiver. */
  default void onBody(ByteBuffer data) {}

  /**
   * The request body ended well. Called at once for a request without body, and without further
   * demand when an announced length has come; the end of a body of unknown length is found with the
   * demand after its last piece.
   */
  default void onBodyComplete(Headers trailers) {}

  /** {@link Exchange#isWritable()} is true again after it was found false. */
  default void onWritable() {}

  /** The last byte of the finished response was handed to the kernel. */
  default void onComplete() {}

  /**
   * The exchange ended early: cancel what still works for it. Nothing more can be read or written.
   */
  default void onError(ExchangeException cause) {}
}
