package io.kqueueserver.spring.accesslog;

import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.RequestHead;
import io.kqueueserver.server.EndedExchange;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a line needs of one exchange, taken on the loop; nothing of it changes afterwards. The
 * request head is kept as it is, strings are made of it where the line is.
 *
 * @param remote the connection's peer; null if the pattern does not ask for it; so is {@code local}
 * @param clientKnown whether the peer speaks for itself, or its proxy named it
 * @param responseFields values of the fields the pattern names, in its order
 * @param fate what became of the connection, by Tomcat's signs
 */
record AccessRecord(
    long endMillis,
    long durationNanos,
    long respondedNanos,
    int status,
    long bytes,
    @Nullable RequestHead request,
    String refusedLine,
    @Nullable InetSocketAddress remote,
    boolean clientKnown,
    @Nullable InetSocketAddress local,
    String loop,
    char fate,
    List<String> responseFields) {
  static final char ABORTED = 'X';
  static final char KEPT = '+';
  static final char CLOSED = '-';

  /** nginx's: the client went before it was answered. */
  private static final int CLIENT_GONE = 499;

  static AccessRecord of(EndedExchange exchange, AccessPattern pattern) {
    ExchangeException cause = exchange.cause();
    RequestHead request = exchange.request();
    return new AccessRecord(
        System.currentTimeMillis(),
        exchange.durationNanos(),
        exchange.respondedAfterNanos(),
        exchange.status() == 0 && isClientGone(cause) ? CLIENT_GONE : exchange.status(),
        exchange.bodyBytes(),
        request,
        exchange.refusedLine(),
        pattern.needsRemote() ? exchange.remoteAddress() : null,
        exchange.isClientKnown(),
        pattern.needsLocal() ? exchange.localAddress() : null,
        exchange.loop(),
        exchange.isAnswered() ? exchange.keepsAlive() ? KEPT : CLOSED : ABORTED,
        pattern.responseFields(exchange.responseFields()));
  }

  private static boolean isClientGone(@Nullable ExchangeException cause) {
    return cause != null
        && switch (cause.reason()) {
          case PEER_CLOSED, PEER_RESET, TIMEOUT -> true;
          default -> false;
        };
  }

  /** Path and query as sent; empty for a refused request. */
  String target() {
    return request == null ? "" : request.pathAsSent();
  }

  String path() {
    String target = target();
    int query = target.indexOf('?');
    return query < 0 ? target : target.substring(0, query);
  }

  /** With its question mark; empty if there is none. */
  String query() {
    String target = target();
    int query = target.indexOf('?');
    return query < 0 ? "" : target.substring(query);
  }

  String method() {
    return request == null ? "" : request.method();
  }

  String protocol() {
    return request == null ? "" : request.version().toString();
  }

  /** The request line, or what came of one. */
  String line() {
    return request == null ? refusedLine : method() + " " + target() + " " + protocol();
  }

  @Nullable String requestField(String name) {
    return request == null ? null : request.headers().first(name);
  }
}
