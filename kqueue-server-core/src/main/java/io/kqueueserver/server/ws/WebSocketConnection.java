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
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One WebSocket session on a byte stream (RFC 6455). The session reads by demand, performs the
 * closing handshake, and keeps its times. The loop's thread only.
 *
 * <pre>
 *          close(), drain                peer's Close
 *   OPEN ----------------> CLOSING ----------------------.
 *     |   peer's Close (echoed), an error, idle, FIN     v
 *     '---------------------------------------------> FINISHED ----> ENDED
 *                              the server's Close, then its FIN     onEnd
 * </pre>
 *
 * <p>In CLOSING the peer's messages are decoded and dropped; in FINISHED they are not decoded. From
 * CLOSING on, {@code close-timeout} bounds the wait for the peer's Close and then the wait for the
 * end of the peer's side. It begins anew while the peer takes what was queued before the Close.
 */
final class WebSocketConnection implements StreamHandler, WebSocket {
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
  private final Heartbeat heartbeat;

  /** The stream; set by {@link #onOpen}, with the sender. */
  private @Nullable ByteStream stream;

  private @Nullable WebSocketSender sender;

  private volatile State state = State.OPEN;
  private long heldInput;
  private long held;
  private long armed = Deadline.NEVER;

  /** Whether bytes of the peer are being read: accounts and deadline are settled once, after it. */
  private boolean reading;

  WebSocketConnection(
      LoopWebSockets loop, Handshake handshake, @Nullable String protocol, Delivery delivery) {
    this.loop = loop;
    this.protocol = protocol;
    PerMessageDeflate agreed = handshake.deflate();
    deflater = agreed == null ? null : new MessageDeflater(agreed, loop.zlib);
    times = new SessionTimes(loop.options().timeouts(), loop.loop.now());
    application = new GuardedListener(loop.stats, () -> fail(CloseCode.INTERNAL_ERROR, ""));
    heartbeat = new Heartbeat(loop);
    ReceivedEvents events = new ReceivedEvents(this, application, times, heartbeat, loop.loop);
    input = new SessionInput(loop, agreed, delivery, events, times, this);
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
  public long lastPongNanos() {
    return heartbeat.lastPongNanos();
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
    reading = true;
    try {
      input.read(data);
    } finally {
      reading = false;
    }
    account();
    arm();
  }

  /** Whether frames of the peer are decoded. */
  boolean isDecoding() {
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
    if (sender().isWritable() && state == State.OPEN) {
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
    reading = false; // what is held is given back now
    try {
      input.close();
      if (sender != null) {
        sender.end();
        account();
      }
      application.ended(cause);
    } finally {
      loop.ended(stream != null);
    }
  }

  // ---- the peer's control frames

  /** Answers a Ping, unless the session is closing. */
  void answer(byte[] ping) {
    if (state == State.OPEN) {
      sender().pong(ping);
    }
  }

  /** The peer has sent a Close frame. */
  void closedByPeer(int code, String reason) {
    boolean first = state == State.OPEN;
    state = State.FINISHED;
    times.closing(loop.loop.now());
    if (first) {
      sender().close(WebSocketEncoder.close(code, ""));
      sender().hasProgressed(); // from now on
      application.closed(code, reason, ClosedBy.CLIENT);
    } else if (sender().isCloseWritten()) {
      stream().finish();
    }
  }

  // ---- closing

  /** The server's Close frame was written. If no more is to be read, the stream ends after it. */
  private void closeWritten() {
    if (state == State.FINISHED) {
      stream().finish();
    }
  }

  /** Ends the session for bytes that the decoder has refused. */
  void refuse(WebSocketException e) {
    Limit limit = e.limit();
    if (limit != null) {
      loop.limitHit(limit);
    }
    fail(e.code(), String.valueOf(e.getMessage()));
  }

  /** Ends the session for a fault of the peer or a failure of the server. */
  private void fail(int code, String reason) {
    if (isDecoding()) {
      finishNow(WebSocketEncoder.close(code, reason));
      application.closed(code, reason, ClosedBy.SERVER);
    }
  }

  /**
   * Drops queued messages, and ends the server's side after the Close frame, unless a Close frame
   * was sent before.
   */
  private void finishNow(byte @Nullable [] close) {
    state = State.FINISHED;
    times.cutOff(loop.loop.now());
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
      sender().hasProgressed(); // from now on
      application.closed(code, reason, by);
      input.discard(); // the peer's Close may be behind messages that were not demanded
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
    if (sender().hasProgressed()) {
      times.progressed(now);
    }
    if (times.isClosing()) {
      if (times.closeIsDue(now)) {
        closeTimedOut();
      }
    } else if (times.drainIsDue(now)) {
      close(CloseCode.GOING_AWAY, "going away", ClosedBy.SERVER);
    } else if (times.idleIsDue(now)) {
      loop.limitHit(Limit.WEBSOCKET_IDLE_TIMEOUT);
      finishNow(WebSocketEncoder.close(CloseCode.GOING_AWAY, "silent for too long"));
      application.closed(CloseCode.ABNORMAL, "the client was silent for too long", ClosedBy.SERVER);
    } else if (times.messageIsDue(now)) {
      loop.limitHit(Limit.WEBSOCKET_MESSAGE_TIMEOUT);
      fail(CloseCode.POLICY_VIOLATION, "message not complete in time");
    } else if (times.pingIsDue(now)) {
      times.pinged(now);
      sender().ping(heartbeat.nextPing());
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

  /** Sets the deadline. A later time does not set it anew: the earlier deadline checks again. */
  private void arm() {
    if (reading || state == State.ENDED) {
      return;
    }
    long next = times.next();
    if (next < armed) {
      armed = next;
      stream().deadline(Math.max(0, next - loop.loop.now()));
    }
  }

  // ---- accounts

  private void account() {
    if (!reading) {
      heldInput = input.heldBytes();
      accountOutput();
    }
  }

  /** As {@link #account}, after a call that changes nothing of the input. */
  private void accountOutput() {
    ByteStream opened = stream;
    if (opened != null && !reading) {
      long now = heldInput + sender().heldBytes();
      if (now != held) {
        opened.holds(now - held);
        held = now;
      }
    }
  }

  // ---- the application's calls

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
    accountOutput();
  }

  @Override
  public boolean isWritable() {
    return sender().isWritable();
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
