package io.kqueueserver.server.ws;

import io.kqueueserver.http.ByteStream;
import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.ExchangeException.Reason;
import io.kqueueserver.http.StreamHandler;
import io.kqueueserver.http.ws.CloseCode;
import io.kqueueserver.http.ws.Handshake;
import io.kqueueserver.http.ws.MessageDeflater;
import io.kqueueserver.http.ws.Opcode;
import io.kqueueserver.http.ws.PerMessageDeflate;
import io.kqueueserver.http.ws.WebSocketEncoder;
import io.kqueueserver.http.ws.WebSocketException;
import io.kqueueserver.loop.Deadline;
import io.kqueueserver.stats.Limit;
import io.kqueueserver.stats.WebSocketStats.ClosedBy;
import io.kqueueserver.stats.WebSocketStats.Message;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One WebSocket session on a byte stream (RFC 6455): it reads by demand, closes in order, and keeps
 * its times. The loop's thread only.
 *
 * <pre>
 *          close(), drain                peer's Close
 *   OPEN ----------------> CLOSING ----------------------.
 *     |   peer's Close (echoed), an error, idle, FIN     v
 *     '---------------------------------------------> FINISHED ----> ENDED
 *                                  our Close frame, then our FIN     onEnd
 * </pre>
 *
 * <p>In CLOSING what the peer sends is decoded and thrown away, in FINISHED it is not even decoded.
 * From CLOSING on, {@code close-timeout} bounds the wait for the peer's Close and then that for its
 * end.
 */
final class WebSocketConnection implements StreamHandler, WebSocket, MessageReceiver.Target {
  private enum State {
    OPEN,
    CLOSING,
    FINISHED,
    ENDED
  }

  private final LoopWebSockets loop;
  private final @Nullable String protocol;
  private final GuardedListener application;
  private final SessionInput input;
  private final @Nullable MessageDeflater deflater;
  private final SessionTimes times;
  private final ControlBudget controls;

  /** Set by {@link #onOpen}, with the sender. */
  private @Nullable ByteStream stream;

  private @Nullable WebSocketSender sender;

  private volatile State state = State.OPEN;
  private boolean blocked;
  private long held;
  private long armed = Deadline.NEVER;

  /** The payload of the last Ping of ours; null before the first. */
  private byte @Nullable [] lastPing;

  private long pings;

  WebSocketConnection(LoopWebSockets loop, Handshake handshake, @Nullable String protocol) {
    this.loop = loop;
    this.protocol = protocol;
    PerMessageDeflate agreed = handshake.deflate();
    deflater = agreed == null ? null : new MessageDeflater(agreed, loop.zlib);
    times = new SessionTimes(loop.options().timeouts(), loop.loop.now());
    input = new SessionInput(loop, agreed, this, times, this::isDecoding, this::refuse);
    application = new GuardedListener(loop.stats, () -> fail(CloseCode.INTERNAL_ERROR, ""));
    controls = new ControlBudget(loop.options().maxControlFrames(), loop.loop.now());
  }

  void listener(WebSocketListener made) {
    application.set(made);
  }

  private WebSocketSender sender() {
    return Objects.requireNonNull(sender, "the session is not open yet");
  }

  // ---- the stream

  @Override
  public String protocol() {
    return protocol == null ? "websocket" : "websocket/" + protocol;
  }

  @Override
  public boolean boundsSilence() {
    return true;
  }

  @Override
  public void onOpen(ByteStream opened) {
    stream = opened;
    input.opened(opened);
    sender = new WebSocketSender(loop, opened, deflater, this::closeWritten);
    loop.opened();
    application.call(WebSocketListener::onOpen);
    arm();
    account();
  }

  @Override
  public void onBytes(ByteBuffer data) {
    input.read(data);
    account();
    arm();
  }

  private boolean isDecoding() {
    return state == State.OPEN || state == State.CLOSING;
  }

  @Override
  public void onInputEnd() {
    if (isDecoding()) {
      finishNow(null);
      application.closed(
          CloseCode.ABNORMAL, "the client ended its side without a Close frame", ClosedBy.CLIENT);
    }
  }

  @Override
  public void onWritable() {
    sender().writable();
    account();
    if (blocked && sender().isWritable() && state == State.OPEN) {
      blocked = false;
      application.call(WebSocketListener::onWritable);
    }
  }

  @Override
  public void onDrain() {
    if (state == State.OPEN) {
      times.draining(loop.loop.now());
      arm();
    }
  }

  @Override
  public void onEnd(@Nullable ExchangeException cause) {
    state = State.ENDED;
    input.close();
    if (sender != null) {
      sender.end();
      account();
    }
    application.ended(cause);
    loop.ended(stream != null);
  }

  // ---- what the receiver has found

  @Override
  public void messageBegan() {
    times.messageBegan(loop.loop.now());
  }

  @Override
  public void messageEnded() {
    times.messageEnded();
  }

  @Override
  public void message(Opcode type, byte[] payload) {
    if (state == State.OPEN) {
      loop.stats.received(WebSocketSender.message(type));
      application.call(listener -> listener.onMessage(type, payload));
    }
  }

  @Override
  public void ping(byte[] payload) {
    controls.take(loop.loop.now());
    loop.stats.received(Message.PING);
    if (state == State.OPEN) {
      sender().pong(payload);
    }
  }

  @Override
  public boolean pong(byte[] payload, boolean demanded) {
    controls.take(loop.loop.now());
    loop.stats.received(Message.PONG);
    if (state != State.OPEN || !demanded || MessageReceiver.same(lastPing, payload)) {
      return false;
    }
    application.call(listener -> listener.onPong(payload));
    return true;
  }

  @Override
  public void closed(int code, String reason) {
    boolean first = state == State.OPEN;
    state = State.FINISHED;
    times.closing(loop.loop.now());
    if (first) {
      sender().close(WebSocketEncoder.close(code, ""));
      application.closed(code, reason, ClosedBy.CLIENT);
    } else if (sender().isCloseWritten()) {
      stream().finish();
    }
  }

  // ---- closing

  /** Our Close frame was written; if nothing is to be read any more, the stream ends behind it. */
  private void closeWritten() {
    if (state == State.FINISHED) {
      stream().finish();
    }
  }

  private void refuse(WebSocketException e) {
    Limit limit = e.limit();
    if (limit != null) {
      loop.limitHit(limit);
    }
    fail(e.code(), String.valueOf(e.getMessage()));
  }

  /** Ends the session for what the peer did, or for a failure here. */
  private void fail(int code, String reason) {
    if (isDecoding()) {
      finishNow(WebSocketEncoder.close(code, reason));
      application.closed(code, reason, ClosedBy.SERVER);
    }
  }

  /** Drops what is queued, and ends our side after the Close frame unless one was sent before. */
  private void finishNow(byte @Nullable [] close) {
    state = State.FINISHED;
    times.closing(loop.loop.now());
    if (sender().drop() && close != null) {
      sender().closeNow(close);
    }
    stream().finish();
    input.close();
    account();
    arm();
  }

  private void close(int code, String reason, ClosedBy by) {
    byte[] frame = WebSocketEncoder.close(code, reason);
    if (state == State.OPEN && stream != null) {
      state = State.CLOSING;
      times.closing(loop.loop.now());
      sender().close(frame);
      application.closed(code, reason, by);
      input.discard(); // the peer's Close may be behind what nobody wanted
      account();
      arm();
    }
  }

  // ---- time

  @Override
  public void onDeadline() {
    armed = Deadline.NEVER;
    long now = loop.loop.now();
    input.excuseSilence(now);
    if (times.isClosing()) {
      if (times.closeIsDue(now)) {
        closeTimedOut();
      }
    } else if (times.drainIsDue(now)) {
      close(CloseCode.GOING_AWAY, "the server is stopping", ClosedBy.SERVER);
    } else if (times.idleIsDue(now)) {
      loop.limitHit(Limit.WEBSOCKET_IDLE_TIMEOUT);
      finishNow(WebSocketEncoder.close(CloseCode.GOING_AWAY, "silent for too long"));
      application.closed(CloseCode.ABNORMAL, "the client was silent for too long", ClosedBy.SERVER);
    } else if (times.messageIsDue(now)) {
      loop.limitHit(Limit.WEBSOCKET_MESSAGE_TIMEOUT);
      fail(CloseCode.POLICY_VIOLATION, "message not complete in time");
    } else if (times.pingIsDue(now)) {
      times.pinged(now);
      byte[] payload = ByteBuffer.allocate(Long.BYTES).putLong(++pings).array();
      lastPing = payload;
      sender().ping(payload);
    }
    arm();
  }

  private void closeTimedOut() {
    if (stream().isFinished()) {
      loop.limitHit(Limit.WEBSOCKET_CLOSE_TIMEOUT);
      reset(Reason.TIMEOUT, "the client did not end the connection");
    } else {
      finishNow(null);
    }
  }

  /** A later time does not arm the deadline anew: it looks again when the earlier has come. */
  private void arm() {
    long next = times.next();
    if (state != State.ENDED && next < armed) {
      armed = next;
      stream().deadline(Math.max(0, next - loop.loop.now()));
    }
  }

  // ---- accounts

  private void account() {
    ByteStream opened = stream;
    if (opened != null) {
      long now = input.heldBytes() + sender().heldBytes();
      if (now != held) {
        opened.holds(now - held);
        held = now;
      }
    }
  }

  // ---- what the application asks

  @Override
  public ByteStream stream() {
    return Objects.requireNonNull(stream, "the session is not open yet");
  }

  @Override
  public @Nullable String subProtocol() {
    return protocol;
  }

  @Override
  public boolean isOpen() {
    return state == State.OPEN;
  }

  @Override
  public void demand(long messages) {
    if (state == State.OPEN) {
      input.demand(messages);
      account();
      arm();
    }
  }

  @Override
  public void discard() {
    if (state == State.OPEN) {
      input.discard();
      account();
      arm();
    }
  }

  @Override
  public void send(Opcode type, ByteBuffer payload, @Nullable Runnable release) {
    if (!sender().send(type, payload, release)) {
      loop.limitHit(Limit.WEBSOCKET_QUEUED_BYTES);
      fail(CloseCode.POLICY_VIOLATION, "the client takes its messages too slowly");
    }
    account();
    blocked |= !sender().isWritable();
  }

  @Override
  public boolean isWritable() {
    boolean writable = sender().isWritable();
    blocked |= !writable;
    return writable;
  }

  @Override
  public void whenSent(Runnable callback) {
    if (state != State.ENDED) {
      sender().whenSent(callback);
    }
  }

  @Override
  public void close(int code, String reason) {
    close(code, reason, ClosedBy.APPLICATION);
  }

  @Override
  public void abort(String why) {
    reset(Reason.APPLICATION, why);
  }

  private void reset(Reason reason, String why) {
    if (stream != null && state != State.ENDED) {
      stream.reset(new ExchangeException(reason, why));
    }
  }
}
