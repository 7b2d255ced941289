package io.kqueueserver.http;

/**
 * Bounds on one request, in bytes unless the name says otherwise.
 *
 * @param maxRequestLineBytes request line without its line end; more is 414
 * @param maxHeaderBytes field section including line ends; more is 431. Trailers are held to it too
 * @param maxHeaderCount field lines in one section; more is 431
 * @param maxBodyBytes request body; more is 413. -1 for no limit: bodies are streamed with
 *     backpressure, so a large one costs time but no memory
 * @param maxUnreadBodyBytes unread bytes of a body that are read to keep the connection; if more
 *     may come that the application does not read, the response has {@code Connection: close}
 * @param maxKeepAliveRequests requests on one connection before it is closed; -1 for no limit
 */
public record Limits(
    int maxRequestLineBytes,
    int maxHeaderBytes,
    int maxHeaderCount,
    long maxBodyBytes,
    long maxUnreadBodyBytes,
    int maxKeepAliveRequests) {

  public static final Limits DEFAULTS = new Limits(8 * 1024, 8 * 1024, 128, -1, 256 * 1024, -1);

  /**
   * 16 MiB: largest limit of a head, which is held in memory per connection. The value can be
   * doubled without overflow.
   */
  public static final int MAX_HELD_BYTES = 16 * 1024 * 1024;

  public Limits {
    requireBetween("maxRequestLineBytes", maxRequestLineBytes, 1, MAX_HELD_BYTES);
    requireBetween("maxHeaderBytes", maxHeaderBytes, 1, MAX_HELD_BYTES);
    requireBetween("maxHeaderCount", maxHeaderCount, 1, MAX_HELD_BYTES);
    requireBetween("maxBodyBytes", maxBodyBytes, -1, Long.MAX_VALUE);
  }

  private static void requireBetween(String name, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          name + " is " + value + ", not between " + least + " and " + most);
    }
  }
}
