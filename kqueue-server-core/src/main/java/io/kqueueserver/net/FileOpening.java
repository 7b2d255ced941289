package io.kqueueserver.net;

import java.io.IOException;

/**
 * Part of a file that is opened before anything promises its bytes, and then written or closed. The
 * loop's thread only.
 */
public interface FileOpening {
  /** Receives the outcome, on the loop's thread, unless the opening is closed before. */
  interface Outcome {
    /** The file is open, and {@link FileOpening#write} is possible. */
    void opened();

    /** The file cannot be opened, or not be read; the opening is closed. */
    void failed(IOException cause);
  }

  /** Appends the file's bytes to its connection, which closes the file when they are sent. */
  void write();

  /** Gives the file back. Safe to call again, and after it was sent; not while it is being sent. */
  void close();
}
