package io.kqueueserver.http;

/** A file that is open before it is sent; see {@link Exchange#openNow}. Any thread. */
public interface OpenFile extends AutoCloseable {
  /** Closes the file, unless it is being sent. Safe to call again. */
  @Override
  void close();
}
