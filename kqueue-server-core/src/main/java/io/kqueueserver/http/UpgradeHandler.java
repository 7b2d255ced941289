package io.kqueueserver.http;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** The far side of a taken-over byte stream. Called on the loop thread. */
public interface UpgradeHandler {
  /** The byte stream after the switch. Loop thread only. */
  interface Stream {
    /** Writes bytes; as {@link Exchange#write}. */
    void write(ByteBuffer data, @Nullable Runnable release);

    boolean isWritable();

    /** Hands queued bytes to the kernel now. */
    void flush();

    /** Stops and restarts reading from the socket. */
    void reading(boolean enabled);

    /** Closes after all written bytes were sent. */
    void close();

    /** Runs a task on the loop thread. Any thread. */
    boolean execute(Runnable task);
  }

  /** The switch was made; bytes may be written. */
  void onOpen(Stream stream);

  /** Bytes from the peer, valid during the call. */
  void onBytes(ByteBuffer data);

  /** {@link Stream#isWritable()} is true again. */
  default void onWritable() {}

  /** The stream ended; the last call. Null cause: the peer closed in good order. */
  void onClose(@Nullable ExchangeException cause);
}
