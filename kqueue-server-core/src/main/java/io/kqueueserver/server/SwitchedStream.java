package io.kqueueserver.server;

import io.kqueueserver.http.ByteStream;
import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.ExchangeException.Reason;
import io.kqueueserver.http.RequestHead;
import io.kqueueserver.http.StreamHandler;
import io.kqueueserver.loop.Deadline;
import io.kqueueserver.net.Endpoint;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.CurrentRequest;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Objects;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A byte stream after a switch: the half that every HTTP version shares. The stream calls the
 * handler in its order, ends once, and counts as active until its end. It keeps three times: the
 * handler's deadline, the bound of a drain, and the bound of silence. The {@link StreamWire} is the
 * half that differs. A stream may live for days, so it refers to the request's head and not to the
 * exchange. The loop's thread only.
 */
public final class SwitchedStream implements ByteStream {
  private static final Logger log = LoggerFactory.getLogger(SwitchedStream.class);

  private final ExchangeContext context;
  private final Endpoint endpoint;
  private final long number;
  private final ObservedRequest request;
  private final StreamHandler handler;

  /** The version's half; set inside the switch, before any other call. */
  private @Nullable StreamWire wire;

  private boolean opened;
  private boolean paused;
  private boolean finished;
  private boolean inputEnded;
  private boolean peerEndedFirst;

  private boolean completed;
  private boolean ended;

  /** Why the stream should end; null while it may go on. */
  private @Nullable CloseReason draining;

  private long handlerDue = Deadline.NEVER;
  private long drainDue = Deadline.NEVER;
  private long lastActive;

  SwitchedStream(ExchangeCore exchange, ExchangeContext context, StreamHandler handler) {
    this.context = context;
    this.endpoint = exchange.endpoint;
    this.number = exchange.number;
    this.handler = handler;
    String name = handler.protocol();
    this.request =
        exchange.observed(name == null ? ObservedRequest.offered(exchange.request()) : name);
  }

  // ---- the calls of the version

  /** Binds the stream to the wire of its version. Called once, inside the switch. */
  public void on(StreamWire made) {
    wire = made;
    lastActive = context.loop.now();
    context.active.begin();
  }

  private StreamWire wire() {
    return Objects.requireNonNull(wire, "the switch was not made");
  }

  /** Opens the stream for the handler, after the head of the switch. */
  void open() {
    opened = true;
    arm();
    call(() -> handler.onOpen(this));
    if (draining != null) {
      call(handler::onDrain);
    }
    if (!ended) {
      wire().inputWanted(); // bytes may have come with the head, or since
    }
  }

  /** Whether input may be passed to {@link #input} now. */
  public boolean wantsInput() {
    return opened && !paused && !ended;
  }

  /** Passes bytes to the handler. Bytes that stay in the buffer must be passed again. */
  public void input(ByteBuffer in) {
    if (!wantsInput() || !in.hasRemaining()) {
      return;
    }
    lastActive = context.loop.now();
    try {
      handler.onBytes(in);
    } catch (Throwable e) {
      handlerFailed(e);
    }
    if (!paused || ended) {
      in.position(in.limit());
    }
  }

  /** The peer has ended its side, and all of its bytes were passed on. */
  public void inputEnded() {
    if (!ended && !inputEnded) {
      inputEnded = true;
      peerEndedFirst = !finished;
      lastActive = context.loop.now();
      call(handler::onInputEnd);
      endIfBothDid();
    }
  }

  public void writable() {
    call(handler::onWritable);
  }

  /** The stream should come to its end, for that reason. */
  public void drain(CloseReason reason) {
    if (!ended && draining == null) {
      draining = reason;
      drainDue = context.loop.now() + context.streams.drainNanos();
      if (opened) {
        arm();
        call(handler::onDrain);
      }
    }
  }

  /** The time that was set on the wire has come. */
  public void deadlinePassed() {
    long now = context.loop.now();
    if (hasCome(handlerDue, now)) {
      handlerDue = Deadline.NEVER;
      call(handler::onDeadline);
    }
    if (ended) {
      return;
    }
    CloseReason leaving = draining;
    if (leaving != null && hasCome(drainDue, now)) {
      boolean stops = leaving == CloseReason.DRAIN;
      breakOff(leaving, stops ? Reason.SERVER_STOPPED : Reason.TIMEOUT, leaving.loss().text());
      return;
    }
    if (paused || wire().isBusy()) {
      lastActive = now; // the stream does not wait for the peer
    } else if (hasCome(idleDue(), now)) {
      breakOff(CloseReason.IDLE_TIMEOUT, Reason.TIMEOUT, "the stream was silent for too long");
      return;
    }
    arm();
  }

  private void breakOff(CloseReason reason, Reason why, String message) {
    end(reason, new ExchangeException(why, message));
  }

  /**
   * The stream has ended by its peer or its connection.
   *
   * @param cause null if both sides have ended and all bytes have left
   */
  public void ended(@Nullable ExchangeException cause) {
    if (!ended) {
      end(null, cause);
    }
  }

  /** Whether both sides have ended. Written bytes may still have to leave. */
  public boolean isComplete() {
    return finished && inputEnded;
  }

  /** The request of the switch, for observers. Any thread. */
  public CurrentRequest observed() {
    return request.with(handler.lastPongNanos());
  }

  // ---- time

  private long idleDue() {
    return handler.boundsSilence() ? Deadline.NEVER : lastActive + context.streams.idleNanos();
  }

  /** Sets the wire's deadline. Activity does not set it anew: the deadline checks for activity. */
  private void arm() {
    if (!ended && !isComplete()) {
      wire().deadline(Math.min(idleDue(), Math.min(handlerDue, drainDue)));
    }
  }

  private static boolean hasCome(long due, long now) {
    return due != Deadline.NEVER && due - now <= 0;
  }

  // ---- the end

  private void endIfBothDid() {
    if (isComplete() && !completed && !ended) {
      completed = true;
      wire().end(peerEndedFirst);
    }
  }

  /** Runs a callback of the handler, unless the stream has ended. */
  private void call(Runnable callback) {
    if (!ended) {
      run(callback);
    }
  }

  private void run(Runnable callback) {
    try {
      callback.run();
    } catch (Throwable e) {
      handlerFailed(e);
    }
  }

  private void handlerFailed(Throwable error) {
    report(error, "failed");
    if (!ended) {
      String message = "the handler of the stream failed: " + error;
      end(CloseReason.SERVER_ERROR, new ExchangeException(Reason.APPLICATION, message, error));
    }
  }

  private void report(Throwable error, String what) {
    RequestHead head = request.head();
    log.error("stream of {} {} {}", head.method(), head.path(), what, error);
    context.notifyListener(listener -> listener.onHandlerError(head, error));
  }

  /** Ends the stream, once. Resets the wire if {@code reset} is not null. */
  private void end(@Nullable CloseReason reset, @Nullable ExchangeException cause) {
    ended = true;
    try {
      if (reset != null && cause != null) {
        wire().reset(reset, cause);
      }
    } finally {
      try {
        handler.onEnd(cause);
      } catch (Throwable e) {
        report(e, "failed after its end");
      } finally {
        context.active.end();
      }
    }
  }

  // ---- the calls of the handler

  @Override
  public RequestHead request() {
    return request.head();
  }

  @Override
  public String id() {
    return context.ids.text(number);
  }

  @Override
  public InetSocketAddress remoteAddress() {
    return endpoint.remoteAddress();
  }

  @Override
  public InetSocketAddress localAddress() {
    return context.localAddress(endpoint);
  }

  @Override
  public @Nullable SSLSession tlsSession() {
    return endpoint.tlsSession();
  }

  @Override
  public boolean inLoop() {
    return context.loop.inLoop();
  }

  @Override
  public boolean execute(Runnable task) {
    return context.loop.execute(() -> run(task)); // after the end, too: it may release something
  }

  @Override
  public void write(ByteBuffer data, @Nullable Runnable release) {
    if (!isFinished() && data.hasRemaining()) {
      lastActive = context.loop.now();
      wire().write(data, release);
    } else {
      data.position(data.limit());
      if (release != null) {
        release.run();
      }
    }
  }

  @Override
  public void holds(long change) {
    wire().holds(change);
  }

  @Override
  public boolean isWritable() {
    return wire().isWritable();
  }

  @Override
  public long unsentBytes() {
    return wire().unsentBytes();
  }

  @Override
  public void flush() {
    if (!ended) {
      wire().flush();
    }
  }

  @Override
  public void whenFlushed(Runnable callback) {
    if (!ended) {
      wire().whenFlushed(() -> call(callback));
    }
  }

  @Override
  public void pauseInput() {
    paused = true;
  }

  @Override
  public void resumeInput() {
    if (paused && !ended) {
      paused = false;
      lastActive = context.loop.now();
      wire().inputWanted();
    }
  }

  @Override
  public void finish() {
    if (!isFinished()) {
      finished = true;
      if (isComplete()) {
        endIfBothDid();
      } else {
        wire().finish();
      }
    }
  }

  @Override
  public boolean isFinished() {
    return finished || ended;
  }

  @Override
  public void reset(ExchangeException cause) {
    if (!ended) {
      boolean late = cause.reason() == Reason.TIMEOUT;
      end(late ? CloseReason.STREAM_TIMEOUT : CloseReason.SERVER_ERROR, cause);
    }
  }

  @Override
  public void deadline(long delayNanos) {
    handlerDue = delayNanos < 0 ? Deadline.NEVER : context.loop.now() + delayNanos;
    arm();
  }
}
