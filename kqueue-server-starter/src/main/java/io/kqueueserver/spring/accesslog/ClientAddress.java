package io.kqueueserver.spring.accesslog;

import io.kqueueserver.http.HttpException;
import io.kqueueserver.http.RequestHead;
import io.kqueueserver.http.forwarded.ForwardedHeaders;
import io.kqueueserver.http.forwarded.Origin;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * The client's address in a line. It is the address that the application has seen: that of the
 * connection's peer, or the one that trusted proxies report. The writer's thread reads the fields
 * of the proxies, so that no loop reads them a second time.
 */
final class ClientAddress {
  private final @Nullable ForwardedHeaders forwarded;

  /**
   * Makes the reader of addresses.
   *
   * @param forwarded reads the headers of trusted proxies; null if the peer is always the client
   */
  ClientAddress(@Nullable ForwardedHeaders forwarded) {
    this.forwarded = forwarded;
  }

  /** The client's address, or null if the record holds no peer. */
  @Nullable InetSocketAddress of(AccessRecord record) {
    InetSocketAddress peer = record.remote();
    RequestHead request = record.request();
    if (forwarded == null || peer == null || request == null || !record.clientKnown()) {
      return peer;
    }
    try {
      Origin origin = forwarded.read(request, "http", peer); // the origin's scheme is not used
      return origin == null ? peer : origin.client();
    } catch (HttpException e) {
      return peer; // the request was answered with 400, and its headers were not trusted
    }
  }
}
