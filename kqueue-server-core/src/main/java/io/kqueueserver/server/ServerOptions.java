package io.kqueueserver.server;

import io.kqueueserver.http.ExchangeHandler;
import io.kqueueserver.http.Http1Options;
import io.kqueueserver.http.Limits;
import io.kqueueserver.http.coding.Compression;
import io.kqueueserver.http.h2.Http2Options;
import io.kqueueserver.http.ws.WebSocketOptions;
import io.kqueueserver.net.Discarding;
import io.kqueueserver.net.tls.TlsOptions;
import org.jspecify.annotations.Nullable;

/**
 * Every option of a server, in groups; made by {@code KqueueServer.builder()}. Immutable. Each
 * group checks its own bounds. A new option is a component of its group; a new subject is a group.
 *
 * @param loops event loops and their threads
 * @param listen sockets the server accepts from
 * @param proxy PROXY protocol
 * @param connections what holds for connections of every protocol
 * @param timeouts how long a client may keep a connection waiting
 * @param buffers sizes between sockets and exchanges
 * @param memory bounds on what is held in memory for clients
 * @param discarding bounds on input that is thrown away
 * @param limits bounds on one request
 * @param http1 how HTTP/1 messages are read
 * @param http2 how HTTP/2 is served, beside HTTP/1 on the same port; null for not at all
 * @param streams bounds on byte streams after a switch of protocols
 * @param webSocket how WebSocket sessions are run
 * @param tls keys and how to use them; null to serve in the clear
 * @param compression how responses are compressed; null for not at all
 * @param serverHeader value of the {@code Server} field where the application sets none; null for
 *     none
 * @param wireLog log of what goes over the wire
 * @param listener notified of rare events
 * @param handler the application
 */
public record ServerOptions(
    LoopOptions loops,
    ListenOptions listen,
    ProxyOptions proxy,
    ConnectionOptions connections,
    Timeouts timeouts,
    Buffers buffers,
    MemoryLimits memory,
    Discarding discarding,
    Limits limits,
    Http1Options http1,
    @Nullable Http2Options http2,
    StreamOptions streams,
    WebSocketOptions webSocket,
    @Nullable TlsOptions tls,
    @Nullable Compression compression,
    @Nullable String serverHeader,
    WireLogOptions wireLog,
    ServerListener listener,
    ExchangeHandler handler) {

  public static final ServerOptions DEFAULTS =
      new ServerOptions(
          LoopOptions.DEFAULTS,
          ListenOptions.DEFAULTS,
          ProxyOptions.DEFAULTS,
          ConnectionOptions.DEFAULTS,
          Timeouts.DEFAULTS,
          Buffers.DEFAULTS,
          MemoryLimits.DEFAULTS,
          Discarding.DEFAULTS,
          Limits.DEFAULTS,
          Http1Options.DEFAULTS,
          null,
          StreamOptions.DEFAULTS,
          WebSocketOptions.DEFAULTS,
          null,
          null,
          null,
          WireLogOptions.DEFAULTS,
          ServerListener.NONE,
          exchange -> {
            exchange.respond(404, sink -> {}, 0);
            exchange.finish();
          });
}
