package io.kqueueserver.spring.accesslog;

import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.RequestHead;
import io.kqueueserver.server.EndedExchange;
import io.kqueueserver.stats.CurrentRequest;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The values of one exchange that a line needs. The loop makes the record, and the record does not
 * change afterwards. The record holds the request head; the writer makes the strings.
 *
 * @param remote the connection's peer; null if the pattern does not need it
 * @param local the connection's own address; null if the pattern does not need it
 * @param clientKnown whether the peer is the client, or its proxy has reported the client
 * @param streamId the number of the stream; {@link CurrentRequest#NO_STREAM} in HTTP/1
 * @param responseFields values of the fields that the pattern names, in its order
 * @param fate the fate of the connection, by Tomcat's signs
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
    long streamId,
    List<String> responseFields) {
  static final char ABORTED = 'X';
  static final char KEPT = '+';
  static final char CLOSED = '-';

  /** 499, nginx's status for a client that went before the response. */
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
        exchange.streamId(),
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

  /** The query with its question mark; empty if there is none. */
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

  /** The request line, or the part of it that a refused request has sent. */
  String line() {
    return request == null ? refusedLine : method() + " " + target() + " " + protocol();
  }

  boolean hasStream() {
    return streamId != CurrentRequest.NO_STREAM;
  }

  @Nullable String requestField(String name) {
    return request == null ? null : request.headers().first(name);
  }
}
