package io.kqueueserver.server;

import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.RequestHead;
import io.kqueueserver.stats.CurrentRequest;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * The facts about an exchange that has ended, or about a request that was refused before it became
 * an exchange. Valid only during {@link ServerListener#onExchangeEnd} and on its thread. A listener
 * may keep the request head and the addresses.
 */
public interface EndedExchange {
  /** The answer of {@link #respondedAfterNanos()} if no response head was made. */
  long NO_HEAD = -1;

  /** The request head; null if the request was refused before its head was complete. */
  @Nullable RequestHead request();

  /**
   * The first line of a request that was refused before its head was complete: the received part,
   * at most 1 KiB, one char per octet, unescaped. Empty if there is a request head.
   */
  String refusedLine();

  /** The sent status; 0 if no status was sent. Of a switch the status is 101 or 2xx. */
  int status();

  /**
   * Number of body bytes written for the client, after content coding and before chunk framing.
   * Some bytes of a reset exchange may not have left.
   */
  long bodyBytes();

  /** The fields that the application sent with the status. */
  HeaderSource responseFields();

  /** Time from the turn in which the head was complete to this call. */
  long durationNanos();

  /** Time from that turn until the response head was made; {@link #NO_HEAD} if none was made. */
  long respondedAfterNanos();

  /** The scheme: {@code http} or {@code https}. */
  String scheme();

  InetSocketAddress remoteAddress();

  /** As {@link io.kqueueserver.http.Exchange#isClientKnown}. */
  default boolean isClientKnown() {
    return true;
  }

  InetSocketAddress localAddress();

  /** The number of the stream; {@link CurrentRequest#NO_STREAM} if the protocol has no streams. */
  default long streamId() {
    return CurrentRequest.NO_STREAM;
  }

  /** The name of the thread of the loop that served the exchange. */
  String loop();

  /** Whether the connection stays open. */
  boolean keepsAlive();

  /**
   * Whether a whole response was sent to the client, even one of a refused request or a failed
   * handler.
   */
  boolean isAnswered();

  /** The failure of the exchange; null if there is none. */
  @Nullable ExchangeException cause();
}
