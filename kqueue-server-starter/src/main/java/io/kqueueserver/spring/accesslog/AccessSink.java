package io.kqueueserver.spring.accesslog;

import java.io.IOException;

/** Where lines go. Used by one thread; closed by it too, and may be written to again. */
interface AccessSink {
  /**
   * Writes lines, each with its end.
   *
   * @param millis when the last of them was made
   */
  void write(CharSequence lines, long millis) throws IOException;

  /** Lets go of what it holds open; the next write opens it anew. */
  void close();

  /** For messages. */
  String name();
}
