package io.kqueueserver.server.ws;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.ws.Handshake;
import io.kqueueserver.http.ws.WebSocketEncoder;
import io.kqueueserver.http.ws.WebSocketOptions;
import io.kqueueserver.loop.LoopThread;
import io.kqueueserver.stats.Limit;
import io.kqueueserver.stats.LoopStats;
import io.kqueueserver.stats.WebSocketStats;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * WebSocket on one loop: what all its sessions share. An application has it from {@link
 * Exchange#service}. The loop's thread only, unless a method says otherwise.
 */
public final class LoopWebSockets {
  final LoopThread loop;
  final LoopZlib zlib = new LoopZlib();

  /** Room for the head of one frame. */
  final byte[] head = new byte[WebSocketEncoder.MAX_HEAD_BYTES];

  final WebSocketStats stats;

  private final LoopStats loopStats;
  private final WebSockets server;

  LoopWebSockets(WebSockets server, LoopThread loop, LoopStats loopStats) {
    this.server = server;
    this.loop = loop;
    this.loopStats = loopStats;
    stats = loopStats.webSocket;
  }

  /** How the sessions are run. Any thread. */
  public WebSocketOptions options() {
    return server.options();
  }

  /** Whether the server has as many sessions as it may have. Any thread. */
  public boolean isFull() {
    return server.isFull();
  }

  /** Counts a handshake that is answered 503 because the server {@link #isFull}. */
  public void refused() {
    limitHit(Limit.WEBSOCKET_SESSIONS);
  }

  /**
   * Answers the handshake and begins the session, or answers 503 if the server is full.
   *
   * @param handshake of the exchange's request, accepted
   * @param protocol the sub-protocol that was chosen, null for none
   * @param fields for the answer besides those of the handshake
   * @param application makes the listener of the session, before it is open
   * @return whether there is a session, whose listener is called until its end
   */
  public boolean open(
      Exchange exchange,
      Handshake handshake,
      @Nullable String protocol,
      HeaderSource fields,
      Function<WebSocket, WebSocketListener> application) {
    if (!server.enter()) {
      refused();
      exchange.respond(503, HeaderSource.NONE, 0);
      exchange.finish();
      return false;
    }
    boolean switched = false;
    try {
      WebSocketConnection session = new WebSocketConnection(this, handshake, protocol);
      session.listener(application.apply(session));
      exchange.switchTo(
          sink -> {
            handshake.fields(protocol).writeTo(sink);
            fields.writeTo(sink);
          },
          session);
      switched = true;
    } finally {
      if (!switched) {
        server.leave();
      }
    }
    return true;
  }

  void limitHit(Limit limit) {
    loopStats.limitHit(limit);
  }

  void opened() {
    stats.sessions++;
  }

  /** A session has ended; perhaps before it was open, with the connection under its handshake. */
  void ended(boolean opened) {
    stats.sessions -= opened ? 1 : 0;
    server.leave();
  }

  void close() {
    zlib.close();
  }
}
