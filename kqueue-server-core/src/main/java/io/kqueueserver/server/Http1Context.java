package io.kqueueserver.server;

import io.kqueueserver.http.ExchangeHandler;
import io.kqueueserver.http.h1.Http1Decoder;
import io.kqueueserver.http.h1.Http1Encoder;
import io.kqueueserver.net.LoopResources;
import java.net.InetSocketAddress;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What all HTTP/1 connections of one loop share; used on its thread only. */
final class Http1Context {
  private static final Logger log = LoggerFactory.getLogger(Http1Context.class);

  final LoopResources resources;
  final ServerOptions options;

  /** The application, behind what the server puts before it. */
  final ExchangeHandler handler;

  final ActiveExchanges active;
  final InetSocketAddress listenAddress;
  final Http1Encoder encoder = new Http1Encoder();
  final DateCache date = new DateCache();
  final byte[] scratch;
  final byte @Nullable [] serverLine;

  /** Whether there is a listener at all. */
  final boolean isHeard;

  /** Whether it wants to hear how exchanges end. */
  final boolean tellsEnds;

  final long idleTimeoutNanos;
  final long headerTimeoutNanos;
  final long bodyTimeoutNanos;

  /** Exchange ids: the loop's number in the upper bits, a count below. */
  private long nextId;

  Http1Context(
      LoopResources resources,
      ServerOptions options,
      ExchangeHandler handler,
      int loopNumber,
      ActiveExchanges active,
      InetSocketAddress listenAddress) {
    this.resources = resources;
    this.options = options;
    this.handler = handler;
    this.active = active;
    this.listenAddress = listenAddress;
    this.scratch = new byte[Http1Decoder.scratchSize(options.limits())];
    String server = options.serverHeader();
    this.serverLine = server == null ? null : Http1Encoder.serverLine(server);
    this.isHeard = options.listener() != ServerListener.NONE;
    this.tellsEnds = options.listener().wantsExchangeEnds();
    this.idleTimeoutNanos = ServerOptions.nanos(options.idleTimeout());
    this.headerTimeoutNanos = ServerOptions.nanos(options.headerTimeout());
    this.bodyTimeoutNanos = ServerOptions.nanos(options.bodyTimeout());
    this.nextId = ((long) loopNumber << 48) + 1;
  }

  long nextId() {
    return nextId++;
  }

  /** Tells the server's listener, whose errors are its own. */
  void tell(Consumer<ServerListener> news) {
    try {
      news.accept(options.listener());
    } catch (Throwable e) {
      log.error("the server's listener failed", e);
    }
  }
}
