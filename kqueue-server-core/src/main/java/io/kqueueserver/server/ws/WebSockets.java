package io.kqueueserver.server.ws;

import io.kqueueserver.http.ws.WebSocketOptions;
import io.kqueueserver.loop.LoopThread;
import io.kqueueserver.stats.LoopStats;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** The WebSocket sessions of one server, over all loops. Any thread. */
public final class WebSockets {
  private final WebSocketOptions options;
  private final AtomicInteger sessions = new AtomicInteger();
  private final List<LoopWebSockets> loops = new ArrayList<>();

  public WebSockets(WebSocketOptions options) {
    this.options = options;
  }

  /** Makes the part of one loop. Called before the loops run. */
  public LoopWebSockets on(LoopThread loop, LoopStats stats) {
    LoopWebSockets made = new LoopWebSockets(this, loop, stats);
    loops.add(made);
    return made;
  }

  WebSocketOptions options() {
    return options;
  }

  /** Number of open sessions. */
  public int count() {
    return sessions.get();
  }

  /** Number of inflaters and deflaters that are lent now, read racily. */
  public int lentZlib() {
    return loops.stream().mapToInt(loop -> loop.zlib.lent()).sum();
  }

  boolean isFull() {
    return options.maxSessions() > 0 && sessions.get() >= options.maxSessions();
  }

  /** Counts a session. Returns false, and counts nothing, at the maximum. */
  boolean enter() {
    int max = options.maxSessions() > 0 ? options.maxSessions() : Integer.MAX_VALUE;
    int before = sessions.getAndUpdate(count -> count < max ? count + 1 : count);
    return before < max;
  }

  void leave() {
    sessions.decrementAndGet();
  }

  /** Frees native memory. Called once all loops have ended. */
  public void close() {
    loops.forEach(LoopWebSockets::close);
  }
}
