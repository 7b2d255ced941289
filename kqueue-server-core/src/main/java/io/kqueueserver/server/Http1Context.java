package io.kqueueserver.server;

import io.kqueueserver.http.h1.Http1Decoder;
import io.kqueueserver.http.h1.Http1Encoder;
import io.kqueueserver.net.LoopResources;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** What all HTTP/1 connections of one loop share; used on its thread only. */
final class Http1Context {
  final LoopResources resources;
  final ServerOptions options;
  final ActiveExchanges active;
  final InetSocketAddress listenAddress;
  final Http1Encoder encoder = new Http1Encoder();
  final DateCache date = new DateCache();
  final byte[] scratch;
  final byte @Nullable [] serverLine;

  final long idleTimeoutNanos;
  final long headerTimeoutNanos;
  final long bodyTimeoutNanos;

  /** Exchange ids: the loop's number in the upper bits, a count below. */
  private long nextId;

  Http1Context(
      LoopResources resources,
      ServerOptions options,
      int loopNumber,
      ActiveExchanges active,
      InetSocketAddress listenAddress) {
    this.resources = resources;
    this.options = options;
    this.active = active;
    this.listenAddress = listenAddress;
    this.scratch = new byte[Http1Decoder.scratchSize(options.limits())];
    String server = options.serverHeader();
    this.serverLine = server == null ? null : Http1Encoder.serverLine(server);
    this.idleTimeoutNanos = options.idleTimeout().toNanos();
    this.headerTimeoutNanos = options.headerTimeout().toNanos();
    this.bodyTimeoutNanos = options.bodyTimeout().toNanos();
    this.nextId = ((long) loopNumber << 48) + 1;
  }

  long nextId() {
    return nextId++;
  }
}
