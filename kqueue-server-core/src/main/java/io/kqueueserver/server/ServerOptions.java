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
 * Every option of a server, in groups, made by {@code KqueueServer.builder()}. Immutable. Each
 * group checks its own bounds. A new option is a component of its group; a new subject is a group.
 *
 * @param loops event loops and their threads
 * @param listen sockets that the server accepts from
 * @param proxy PROXY protocol
 * @param connections options of connections of every protocol
 * @param admission bounds on what clients may have of the server at once
 * @param timeouts bounds on the time that a client may keep a connection waiting
 * @param pace bounds on slow clients
 * @param buffers sizes of the buffers between sockets and exchanges
 * @param memory bounds on the bytes held in memory for clients
 * @param discarding bounds on input that is read and dropped
 * @param limits bounds on one request
 * @param http1 options of reading HTTP/1 messages
 * @param http2 how HTTP/2 is served, beside HTTP/1 on the same port; null for not at all
 * @param streams bounds on byte streams after a switch of protocols
 * @param webSocket options of WebSocket sessions
 * @param tls options of TLS; null to serve in the clear
 * @param compression options of compressed responses; null for no compression
 * @param serverHeader value of the {@code Server} field if the application sets no such field; null
 *     for no field
 * @param wireLog options of the log of heads and frames
 * @param listener notified of rare events
 * @param handler the application's handler
 */
public record ServerOptions(
    LoopOptions loops,
    ListenOptions listen,
    ProxyOptions proxy,
    ConnectionOptions connections,
    Admission admission,
    Timeouts timeouts,
    Pace pace,
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
          Admission.DEFAULTS,
          Timeouts.DEFAULTS,
          Pace.DEFAULTS,
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
