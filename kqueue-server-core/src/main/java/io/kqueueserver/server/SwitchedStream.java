package io.kqueueserver.server;

import io.kqueueserver.http.ByteStream;
import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.ExchangeException.Reason;
import io.kqueueserver.http.RequestHead;
import io.kqueueserver.http.StreamHandler;
import io.kqueueserver.loop.Deadline;
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
 * A byte stream after a switch: the half that every HTTP version shares. It holds the handler to
 * its order of calls, ends once, counts as active until then, and keeps three times: the handler's
 * deadline, the bound of a drain, and that of silence. What differs is its {@link StreamWire}. The
 * loop's thread only.
 */
public final class SwitchedStream implements ByteStream {
  private static final Logger log = LoggerFactory.getLogger(SwitchedStream.class);

  /** The name of a protocol that a client offers is shown to operators: a longer one is cut. */
  private static final int MAX_NAME = 32;

  private final ExchangeCore exchange;
  private final ExchangeContext context;
  private final StreamHandler handler;
  private final String protocol;

  /** Set by the version's switch, before anything else is called. */
  private @Nullable StreamWire wire;

  private boolean opened;
  private boolean paused;
  private boolean finished;
  private boolean inputEnded;
  private boolean peerEndedFirst;
  private boolean draining;
  private boolean completed;
  private boolean ended;

  private long handlerDue = Deadline.NEVER;
  private long drainDue = Deadline.NEVER;
  private long lastActive;

  SwitchedStream(ExchangeCore exchange, ExchangeContext context, StreamHandler handler) {
    this.exchange = exchange;
    this.context = context;
    this.handler = handler;
    this.protocol = nameOf(handler, exchange.request());
  }

  /** The handler's name for its protocol, else the first one that the request offers. */
  private static String nameOf(StreamHandler handler, RequestHead head) {
    String name = handler.protocol();
    if (name != null) {
      return name;
    }
    String offered = head.headers().first("Upgrade");
    if (offered == null) {
      return head.method().equals("CONNECT") ? "tunnel" : "upgraded";
    }
    int end = 0;
    while (end < Math.min(offered.length(), MAX_NAME) && " ,".indexOf(offered.charAt(end)) < 0) {
      end++;
    }
    return offered.substring(0, end);
  }

  // ---- the life, as the version sees it

  /** Binds the stream to the bytes of its version; called once, inside the switch. */
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
    if (draining) {
      call(handler::onDrain);
    }
    if (!ended) {
      wire().inputWanted(); // bytes may have come with the head, or meanwhile
    }
  }

  /** Whether input may be passed to {@link #input} now. */
  public boolean wantsInput() {
    return opened && !paused && !ended;
  }

  /** Passes bytes on; those that are left in the buffer must be offered again. */
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

  /** The peer has ended its side; all its bytes were passed on. */
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

  /** The server drains. */
  public void drain() {
    if (!ended && !draining) {
      draining = true;
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
    if (hasCome(drainDue, now)) {
      breakOff(CloseReason.DRAIN, Reason.SERVER_STOPPED, "the server is stopping");
      return;
    }
    if (paused || wire().isBusy()) {
      lastActive = now; // the peer is not the one to wait for
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
   * The stream has come to its end without having been reset from here.
   *
   * @param cause null if both sides have ended and all bytes have left
   */
  public void ended(@Nullable ExchangeException cause) {
    if (!ended) {
      end(null, cause);
    }
  }

  /** Whether both sides have ended, and only bytes are still to leave. */
  public boolean isComplete() {
    return finished && inputEnded;
  }

  /** Any thread. */
  public CurrentRequest observed() {
    return exchange.observed(protocol);
  }

  // ---- time

  private long idleDue() {
    return handler.boundsSilence() ? Deadline.NEVER : lastActive + context.streams.idleNanos();
  }

  /** Activity does not arm it anew: it looks again when it has come. */
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

  /** Runs a callback of the handler; not after the end. */
  private void call(Runnable callback) {
    if (!ended) {
      try {
        callback.run();
      } catch (Throwable e) {
        handlerFailed(e);
      }
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
    RequestHead head = exchange.request();
    log.error("stream of {} {} {}", head.method(), head.path(), what, error);
    context.tell(listener -> listener.onHandlerError(head, error));
  }

  /** Ends once; the wire is reset if there is a reason for that. */
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

  // ---- what the handler asks

  @Override
  public RequestHead request() {
    return exchange.request();
  }

  @Override
  public String id() {
    return exchange.id();
  }

  @Override
  public InetSocketAddress remoteAddress() {
    return exchange.remoteAddress();
  }

  @Override
  public InetSocketAddress localAddress() {
    return exchange.localAddress();
  }

  @Override
  public @Nullable SSLSession tlsSession() {
    return exchange.tlsSession();
  }

  @Override
  public boolean inLoop() {
    return context.loop.inLoop();
  }

  @Override
  public boolean execute(Runnable task) {
    return context.loop.execute(task);
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
    if (paused) {
      paused = false;
      if (!ended) {
        lastActive = context.loop.now();
        wire().inputWanted();
      }
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
      end(CloseReason.SERVER_ERROR, cause);
    }
  }

  @Override
  public void deadline(long delayNanos) {
    handlerDue = delayNanos < 0 ? Deadline.NEVER : context.loop.now() + delayNanos;
    arm();
  }
}
