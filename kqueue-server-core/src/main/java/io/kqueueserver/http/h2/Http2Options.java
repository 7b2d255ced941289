package io.kqueueserver.http.h2;

/**
 * How HTTP/2 is served: the properties {@code kqueue.server.http2.*}.
 *
 * @param upgrade whether an HTTP/1.1 request may ask for HTTP/2 by {@code Upgrade: h2c}. Off by
 *     default: proxies that pass the field on let a client tunnel past their access rules
 * @param connectProtocol whether extended CONNECT (RFC 8441) is announced, since the application
 *     serves it; no property
 * @param maxConcurrentStreams streams of one connection whose handler or response is under way
 * @param headerTableBytes the dynamic table of HPACK, in either direction
 * @param streamWindowBytes what a client may send on a stream that is not read
 * @param connectionWindowBytes what a client may send on all such streams of a connection
 * @param stalledStreamNanos how long a stream may wait for the client's flow control without
 *     progress; 0 for as long as the write timeout
 * @param defences bounds on frames that cost more to take than to send
 */
public record Http2Options(
    boolean upgrade,
    boolean connectProtocol,
    int maxConcurrentStreams,
    int headerTableBytes,
    int streamWindowBytes,
    int connectionWindowBytes,
    long stalledStreamNanos,
    Http2Defences defences) {

  public static final Http2Options DEFAULTS =
      new Http2Options(false, false, 100, 4096, 64 * 1024, 1024 * 1024, 0, Http2Defences.DEFAULTS);

  /**
   * Checks every value.
   *
   * @throws IllegalArgumentException if a value is out of bounds; the message names the option
   */
  public Http2Options {
    Http2Bound.MAX_CONCURRENT_STREAMS.require(maxConcurrentStreams);
    Http2Bound.HEADER_TABLE_SIZE.require(headerTableBytes);
    Http2Bound.STREAM_WINDOW.require(streamWindowBytes);
    Http2Bound.CONNECTION_WINDOW.require(connectionWindowBytes);
    if (stalledStreamNanos < 0) {
      throw new IllegalArgumentException(
          "stalled-stream-timeout is " + stalledStreamNanos + "; it must not be negative");
    }
    if (connectionWindowBytes < streamWindowBytes) {
      throw new IllegalArgumentException(
          "connection-window is "
              + connectionWindowBytes
              + ", less than the stream-window of "
              + streamWindowBytes);
    }
  }

  /** The same, with extended CONNECT announced or not. */
  public Http2Options connectProtocol(boolean announced) {
    return new Http2Options(
        upgrade,
        announced,
        maxConcurrentStreams,
        headerTableBytes,
        streamWindowBytes,
        connectionWindowBytes,
        stalledStreamNanos,
        defences);
  }
}
