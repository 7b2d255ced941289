package io.kqueueserver.server.ws;

import io.kqueueserver.stats.CurrentRequest;
import io.kqueueserver.stats.WebSocketStats.Message;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The Pings and Pongs of one session: those of the peer are counted and bounded, and a Pong is
 * matched with the last Ping of the server's. The loop's thread only, but for {@link
 * #lastPongNanos}.
 */
final class Heartbeat {
  private final LoopWebSockets loop;
  private final ControlBudget budget;

  /** The payload of the last Ping of the server's; null before the first. */
  private byte @Nullable [] lastPing;

  private long pings;
  private volatile long lastPong = CurrentRequest.NO_PONG;

  Heartbeat(LoopWebSockets loop) {
    this.loop = loop;
    budget = new ControlBudget(loop.options().maxControlFrames(), loop.loop.now());
  }

  /** The payload of the server's next Ping. */
  byte[] nextPing() {
    byte[] payload = ByteBuffer.allocate(Long.BYTES).putLong(++pings).array();
    lastPing = payload;
    return payload;
  }

  /** When the peer sent the last Pong, or {@link CurrentRequest#NO_PONG}. Any thread. */
  long lastPongNanos() {
    return lastPong;
  }

  /** The peer has sent a Ping. */
  void pinged() {
    budget.take(loop.loop.now());
    loop.stats.received(Message.PING);
  }

  /** The peer has sent a Pong; returns whether it answers the last Ping of the server's. */
  boolean ponged(byte[] payload) {
    long now = loop.loop.now();
    budget.take(now);
    lastPong = now;
    loop.stats.received(Message.PONG);
    return lastPing != null && Arrays.equals(lastPing, payload);
  }
}
