package io.kqueueserver.spring.accesslog;

import java.io.IOException;

/**
 * The destination of lines. One thread writes and closes a sink. A closed sink may be written to
 * again.
 */
interface AccessSink {
  /**
   * Writes lines, each with its line end.
   *
   * @param millis the time at which the last line was made
   */
  void write(CharSequence lines, long millis) throws IOException;

  /** Closes the file. The next write opens it anew. */
  void close();

  /** The name of the destination, for messages. */
  String name();
}
