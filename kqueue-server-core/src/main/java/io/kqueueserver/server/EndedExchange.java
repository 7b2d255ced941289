package io.kqueueserver.server;

import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.RequestHead;
import io.kqueueserver.stats.CurrentRequest;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * What there is to say of an exchange that has come to its end, or of a request that was refused
 * before it became one. Valid during {@link ServerListener#onExchangeEnd} and on its thread only;
 * the request head may be kept, and so may every address.
 */
public interface EndedExchange {
  /** Null if the request was refused before its head was complete. */
  @Nullable RequestHead request();

  /**
   * The first line of a request that was refused before its head was complete, as far as it was
   * received and 1 KiB at most, one char per octet, with whatever it holds; empty where there is a
   * request head.
   */
  String refusedLine();

  /** The status that was sent, 0 if the client was sent none. Of an upgrade it is 101 or 2xx. */
  int status();

  /**
   * Bytes of body as framed for the client, after content coding and before chunk framing. Of an
   * exchange that was broken off some of them need not have left.
   */
  long bodyBytes();

  /** The fields the application sent with the status. */
  HeaderSource responseFields();

  /** From the turn in which its head was complete to this call. */
  long durationNanos();

  /** From there until the response head was made; -1 if there was none. */
  long respondedAfterNanos();

  /** {@code http} or {@code https}. */
  String scheme();

  InetSocketAddress remoteAddress();

  /** As {@link io.kqueueserver.http.Exchange#isClientKnown}. */
  default boolean isClientKnown() {
    return true;
  }

  InetSocketAddress localAddress();

  /** The number of its stream, or {@link CurrentRequest#NO_STREAM} where there are no streams. */
  default long streamId() {
    return CurrentRequest.NO_STREAM;
  }

  /** The loop that served it, by the name of its thread. */
  String loop();

  /** Whether the connection lives on. */
  boolean keepsAlive();

  /**
   * Whether the client was sent a whole response, be it that its request was refused or that its
   * handler failed.
   */
  boolean isAnswered();

  /** What went wrong; null for nothing. */
  @Nullable ExchangeException cause();
}
