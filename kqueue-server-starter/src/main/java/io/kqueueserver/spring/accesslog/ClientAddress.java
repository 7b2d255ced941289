package io.kqueueserver.spring.accesslog;

import io.kqueueserver.http.HttpException;
import io.kqueueserver.http.RequestHead;
import io.kqueueserver.http.forwarded.ForwardedHeaders;
import io.kqueueserver.http.forwarded.Origin;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Whom a line calls the client: whoever the application took for it. That is the connection's peer,
 * or whom the trusted proxies before it name. Read where lines are made, so that no loop reads the
 * fields a second time.
 */
final class ClientAddress {
  private final @Nullable ForwardedHeaders forwarded;

  /** With null, the peer is always the client. */
  ClientAddress(@Nullable ForwardedHeaders forwarded) {
    this.forwarded = forwarded;
  }

  /** Null if the pattern did not have the record know its peer. */
  @Nullable InetSocketAddress of(AccessRecord record) {
    InetSocketAddress peer = record.remote();
    RequestHead request = record.request();
    if (forwarded == null || peer == null || request == null || !record.clientKnown()) {
      return peer;
    }
    try {
      Origin origin = forwarded.read(request, "http", peer); // nobody asks it for the scheme
      return origin == null ? peer : origin.client();
    } catch (HttpException e) {
      return peer; // answered with 400: nothing of what was told was believed
    }
  }
}
