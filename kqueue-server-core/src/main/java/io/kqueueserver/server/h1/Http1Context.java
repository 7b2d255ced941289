package io.kqueueserver.server.h1;

import io.kqueueserver.http.Http1Options;
import io.kqueueserver.http.Limits;
import io.kqueueserver.http.h1.Http1Decoder;
import io.kqueueserver.http.h1.Http1Encoder;
import io.kqueueserver.server.DateCache;
import io.kqueueserver.server.ExchangeContext;
import io.kqueueserver.server.ServerOptions;
import io.kqueueserver.server.Upgrade;
import io.kqueueserver.server.WireListener;
import io.kqueueserver.server.WireLog;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The state that all HTTP/1 connections of one loop share. The loop's thread only. */
public final class Http1Context {
  final ExchangeContext exchanges;
  final Limits limits;
  final Http1Options http1;
  final boolean allowHalfClose;
  final int bodyPieceBytes;
  final int readBufferBytes;
  final Http1Encoder encoder = new Http1Encoder();
  final DateCache<byte[]> date = new DateCache<>(Http1Encoder::dateLine);
  final byte[] scratch;

  final @Nullable WireListener wire;
  final byte @Nullable [] serverLine;
  final long idleTimeoutNanos;
  final long headerTimeoutNanos;
  final long bodyTimeoutNanos;

  /** The protocols that may take a connection over. */
  final Upgrades upgrades;

  /**
   * Keeps the server's options that HTTP/1 connections use.
   *
   * @param upgrades protocols that may take a connection over behind the head of a request
   */
  public Http1Context(ExchangeContext exchanges, ServerOptions options, List<Upgrade> upgrades) {
    this.upgrades = new Upgrades(upgrades);
    this.exchanges = exchanges;
    this.limits = options.limits();
    this.http1 = options.http1();
    this.allowHalfClose = options.connections().allowHalfClose();
    this.bodyPieceBytes = options.memory().bodyPieceBytes();
    this.readBufferBytes = options.buffers().read();
    this.scratch = new byte[Http1Decoder.scratchSize(limits)];
    this.wire = WireLog.of(options.wireLog());
    String server = options.serverHeader();
    this.serverLine = server == null ? null : Http1Encoder.serverLine(server);
    this.idleTimeoutNanos = options.timeouts().idleNanos();
    this.headerTimeoutNanos = options.timeouts().headerNanos();
    this.bodyTimeoutNanos = options.timeouts().bodyNanos();
  }
}
