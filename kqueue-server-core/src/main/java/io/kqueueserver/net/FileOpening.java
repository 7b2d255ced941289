package io.kqueueserver.net;

import java.io.IOException;

/**
 * Part of a file that is opened before a response promises its bytes, and then written or closed.
 * The loop's thread only.
 */
public interface FileOpening {
  /**
   * Receives the outcome of an opening, on the loop's thread, unless the opening is closed before.
   */
  interface Outcome {
    /** The file is open, and {@link FileOpening#write} is possible. */
    void opened();

    /** The file cannot be opened or read. The opening is closed. */
    void failed(IOException cause);
  }

  /** Whether the file is open. If it was from the beginning, no {@link Outcome} is notified. */
  default boolean isOpen() {
    return false;
  }

  /**
   * Appends the file's bytes to the connection, which closes the file when they are sent. If no
   * {@link Outcome} is awaited, the file need not be open yet.
   */
  void write();

  /** Closes the file. Safe to call again, and after the file was sent, but not while it is sent. */
  void close();
}
