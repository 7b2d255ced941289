package io.kqueueserver.server.h1;

import io.kqueueserver.http.h1.Http1Decoder;
import io.kqueueserver.http.h1.Http1Encoder;
import io.kqueueserver.server.DateCache;
import io.kqueueserver.server.ExchangeContext;
import io.kqueueserver.server.ServerOptions;
import org.jspecify.annotations.Nullable;

/** What all HTTP/1 connections of one loop share; used on its thread only. */
public final class Http1Context {
  final ExchangeContext exchanges;
  final ServerOptions options;
  final Http1Encoder encoder = new Http1Encoder();
  final DateCache date = new DateCache(Http1Encoder::dateLine);
  final byte[] scratch;
  final byte @Nullable [] serverLine;
  final long idleTimeoutNanos;
  final long headerTimeoutNanos;
  final long bodyTimeoutNanos;

  public Http1Context(ExchangeContext exchanges, ServerOptions options) {
    this.exchanges = exchanges;
    this.options = options;
    this.scratch = new byte[Http1Decoder.scratchSize(options.limits())];
    String server = options.serverHeader();
    this.serverLine = server == null ? null : Http1Encoder.serverLine(server);
    this.idleTimeoutNanos = ServerOptions.nanos(options.idleTimeout());
    this.headerTimeoutNanos = ServerOptions.nanos(options.headerTimeout());
    this.bodyTimeoutNanos = ServerOptions.nanos(options.bodyTimeout());
  }
}
