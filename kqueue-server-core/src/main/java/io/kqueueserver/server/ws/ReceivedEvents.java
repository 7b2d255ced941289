package io.kqueueserver.server.ws;

import io.kqueueserver.http.ws.Opcode;
import io.kqueueserver.loop.LoopThread;

/**
 * Passes the peer's messages and control frames on to the application, the times and the heartbeat
 * of one session. The application gets none of them after the close has begun. The loop's thread
 * only.
 */
final class ReceivedEvents implements MessageReceiver.Target {
  private final WebSocketConnection session;
  private final GuardedListener application;
  private final SessionTimes times;
  private final Heartbeat heartbeat;
  private final LoopThread loop;

  ReceivedEvents(
      WebSocketConnection session,
      GuardedListener application,
      SessionTimes times,
      Heartbeat heartbeat,
      LoopThread loop) {
    this.session = session;
    this.application = application;
    this.times = times;
    this.heartbeat = heartbeat;
    this.loop = loop;
  }

  @Override
  public void messageBegan() {
    times.messageBegan(loop.now());
  }

  @Override
  public void messageEnded() {
    times.messageEnded();
  }

  @Override
  public void message(Opcode type, byte[] payload) {
    if (session.isOpen()) {
      application.message(type, payload);
    }
  }

  @Override
  public void piece(Opcode type, byte[] payload, boolean last) {
    if (session.isOpen()) {
      application.piece(type, payload, last);
    }
  }

  @Override
  public void ping(byte[] payload) {
    heartbeat.pinged();
    session.answer(payload);
  }

  @Override
  public boolean pong(byte[] payload, boolean demanded) {
    boolean answer = heartbeat.ponged(payload);
    if (!session.isOpen() || !demanded || answer) {
      return false;
    }
    application.call(listener -> listener.onPong(payload));
    return true;
  }

  @Override
  public void closed(int code, String reason) {
    session.closedByPeer(code, reason);
  }
}
