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
import java.nio.ByteBuffer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * WebSocket on one loop: the state that all of its sessions share. An application gets this object
 * from {@link Exchange#service}. The loop's thread only, unless a method is marked otherwise.
 */
public final class LoopWebSockets {
  final LoopThread loop;
  final LoopZlib zlib = new LoopZlib();

  /** 1 KiB: payloads up to this size are copied behind their head, and both are written at once. */
  static final int SMALL_BYTES = 1024;

  /** Room for the head of one frame. */
  final byte[] head = new byte[WebSocketEncoder.MAX_HEAD_BYTES];

  /** Room for the head of one frame, and for a small payload. */
  final ByteBuffer frame = ByteBuffer.allocate(WebSocketEncoder.MAX_HEAD_BYTES + SMALL_BYTES);

  final WebSocketStats stats;

  private final WebSockets server;

  LoopWebSockets(WebSockets server, LoopThread loop, LoopStats loopStats) {
    this.server = server;
    this.loop = loop;
    stats = loopStats.webSocket;
  }

  /** The options of sessions. Any thread. */
  public WebSocketOptions options() {
    return server.options();
  }

  /** Whether the current thread is the loop's. Any thread. */
  public boolean inLoop() {
    return loop.inLoop();
  }

  /**
   * Runs a task on the loop; false if the loop has ended, and the task will not run. Any thread.
   */
  public boolean execute(Runnable task) {
    return loop.execute(task);
  }

  /** Whether the server has as many sessions as it may have. Any thread. */
  public boolean isFull() {
    return server.isFull();
  }

  /** Counts a handshake that is answered with 503 because the server {@link #isFull}. */
  public void refused() {
    limitHit(Limit.WEBSOCKET_SESSIONS);
  }

  /**
   * Answers the handshake and begins the session, or answers 503 if the server is full.
   *
   * @param handshake the accepted handshake of the exchange's request
   * @param protocol the chosen sub-protocol; null for none
   * @param fields fields of the answer besides those of the handshake
   * @param application makes the listener of the session, before it is open
   * @return whether there is a session, whose listener is called until its end
   */
  public boolean open(
      Exchange exchange,
      Handshake handshake,
      @Nullable String protocol,
      HeaderSource fields,
      Function<WebSocket, WebSocketListener> application) {
    return open(exchange, handshake, protocol, fields, Delivery.WHOLE, application);
  }

  /**
   * As {@link #open(Exchange, Handshake, String, HeaderSource, Function)}, for a session whose
   * messages are delivered in this way.
   */
  public boolean open(
      Exchange exchange,
      Handshake handshake,
      @Nullable String protocol,
      HeaderSource fields,
      Delivery delivery,
      Function<WebSocket, WebSocketListener> application) {
    if (!server.enter()) {
      refused();
      exchange.respond(503, HeaderSource.NONE, 0);
      exchange.finish();
      return false;
    }
    boolean switched = false;
    try {
      WebSocketConnection session = new WebSocketConnection(this, handshake, protocol, delivery);
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
    loop.limitHit(limit);
  }

  void opened() {
    stats.sessions++;
  }

  /** A session has ended, perhaps before it was open, by the end of its connection. */
  void ended(boolean opened) {
    stats.sessions -= opened ? 1 : 0;
    server.leave();
  }

  void close() {
    zlib.close();
  }
}
