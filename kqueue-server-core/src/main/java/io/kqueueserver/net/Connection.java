package io.kqueueserver.net;

import io.kqueueserver.loop.Deadline;
import io.kqueueserver.loop.EventHandler;
import io.kqueueserver.loop.EventLoop;
import io.kqueueserver.loop.TurnEnd;
import io.kqueueserver.net.OutboundQueue.Result;
import io.kqueueserver.queue.EventFlag;
import io.kqueueserver.queue.EventList;
import io.kqueueserver.queue.Filter;
import io.kqueueserver.socket.SocketAddresses;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.ConnectionStats;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One accepted socket: reads when its handler wants input, collects what the handler writes, and
 * closes in the way the situation asks for. Registered once for READ with EV_CLEAR: backpressure is
 * not calling read, and EV_EOF is seen all the same. The loop's thread only; closing it closes the
 * descriptor.
 */
public final class Connection implements EventHandler, TurnEnd {
  private static final Logger log = LoggerFactory.getLogger(Connection.class);

  /** Reads per turn: at 64 KiB each, one uploader takes a mebibyte before others are served. */
  private static final int READ_BUDGET = 16;

  /**
   * How long a closing connection waits for the peer to take our last bytes and close, as nginx.
   */
  private static final long LINGER_NANOS = 5_000_000_000L;

  /** What a lingering connection throws away before it loses patience. */
  private static final long LINGER_BYTES = 1 << 20;

  // OPEN -> FLUSHING -> LINGERING -> CLOSED      any -> CLOSED
  private enum State {
    OPEN,
    /** Takes no more writes; closes when all is sent. */
    FLUSHING,
    /**
     * Has sent FIN; throws input away until the peer closes, so that no RST destroys our last
     * bytes.
     */
    LINGERING,
    CLOSED
  }

  /** What a close does with input that may still be on its way. */
  public enum Linger {
    /** All input was read: close(2) sends FIN. */
    NO,
    /** Unread input would make close(2) send RST: read it first, within bounds. */
    YES
  }

  private final class Timer extends Deadline {
    @Override
    protected void onDeadline(long nowNanos) {
      guarded(() -> timerFired(nowNanos));
    }
  }

  private final LoopResources resources;
  private final int fd;
  private final byte[] peer;
  private final Transport transport;
  private final OutboundQueue out;
  private final ConnectionStats stats;
  private final Timer timer = new Timer();
  private final Runnable onClose;

  private @Nullable ConnectionHandler handler;
  private long udata;
  private State state = State.OPEN;
  private CloseReason closeReason = CloseReason.RESPONSE_END;
  private Linger linger = Linger.NO;

  private boolean readable;

  /** Bytes that kevent told of and that were not read yet; UNKNOWN where it does not tell. */
  private long told = EventList.UNKNOWN;

  private boolean peerClosed;
  private boolean reading;
  private boolean readAgainScheduled;
  private boolean inEvent;
  private boolean flushScheduled;
  private boolean writeArmed;
  private boolean foundUnwritable;
  private long lingered;
  private long handlerDue = Deadline.NEVER;
  private long writeDue = Deadline.NEVER;

  /**
   * Wraps an accepted descriptor, which it owns from now on.
   *
   * @param peer the raw address that accept(2) gave
   * @param onClose called once after the descriptor was closed
   */
  public Connection(LoopResources resources, int fd, byte[] peer, Runnable onClose) {
    this.resources = resources;
    this.fd = fd;
    this.peer = peer;
    this.onClose = onClose;
    this.transport = new PlainTransport(resources.sockets(), fd);
    this.out = new OutboundQueue(resources.staging());
    this.stats = new ConnectionStats(resources.loop().now());
  }

  /** Registers for events, the only time in its life, and begins to serve the handler. */
  public void open(ConnectionHandler handler) {
    this.handler = handler;
    udata = loop().register(this);
    loop().change(fd, Filter.EVFILT_READ, EventFlag.EV_ADD | EventFlag.EV_CLEAR, udata);
  }

  /** Puts another handler in the place of the current one, which hears nothing any more. */
  public void handler(ConnectionHandler successor) {
    handler = successor;
  }

  // ---- events

  @Override
  public void onEvent(EventList events, int index) {
    if (EventLoop.isFailedChange(events, index)) {
      loop().stats().failedChanges++;
      log.warn(
          "kevent({}, fd {}): errno {}; the connection is closed",
          events.filter(index),
          fd,
          events.data(index));
      close(CloseReason.SERVER_ERROR);
      return;
    }
    inEvent = true;
    try {
      if (events.filter(index) == Filter.EVFILT_READ) {
        onReadEvent(events, index);
      } else {
        loop().stats().writeEvents++;
        writeArmed = false;
      }
    } finally {
      inEvent = false;
    }
    flushNow();
  }

  private void onReadEvent(EventList events, int index) {
    loop().stats().readEvents++;
    readable = true;
    told = events.dataIfTold(index);
    if (events.isEof(index)) {
      if (events.fflags(index) != 0) {
        // A reset, even if read(2) would report 0 (some systems hand the error to kevent alone).
        close(CloseReason.PEER_RESET);
        return;
      }
      peerClosed = true;
    }
    readInput();
  }

  /** Reads while there are bytes, they are wanted, and the budget of this turn lasts. */
  private void readInput() {
    if (reading) {
      return;
    }
    reading = true;
    try {
      for (int i = 0; readable && wantsInput(); i++) {
        if (i == READ_BUDGET) {
          readAgain();
          return;
        }
        readOnce();
      }
    } finally {
      reading = false;
    }
    if (peerClosed && readable && state == State.OPEN && handler != null) {
      handler.onPeerClosed();
    }
  }

  private boolean wantsInput() {
    return state == State.LINGERING
        || (state == State.OPEN && handler != null && handler.wantsInput());
  }

  private void readOnce() {
    ByteBuffer in = resources.readBuffer().bytes();
    int n = transport.read(resources.readBuffer());
    if (n > 0) {
      told = told == EventList.UNKNOWN ? told : Math.max(0, told - n);
      // A short read has emptied the socket, and so has one that took all kevent told of; but FIN
      // may have
      // come with the data, in this very event: read on to the end then.
      readable = peerClosed || (n == in.capacity() && told != 0);
      received(in, n);
    } else if (n == 0 || n == Transport.PENDING) {
      readable = false;
    } else if (n == Transport.END) {
      readable = false;
      inputEnded();
    } else {
      readable = false;
      close(CloseReason.PEER_RESET);
    }
  }

  private void received(ByteBuffer in, int n) {
    stats.bytesRead += n;
    stats.lastActiveNanos = loop().now();
    loop().stats().bytesRead += n;
    if (state == State.LINGERING) {
      lingered += n;
      if (lingered > LINGER_BYTES) {
        close(closeReason);
      }
      return;
    }
    if (handler != null) {
      handler.onInput(in.limit(n).position(0));
      in.clear();
    }
  }

  private void inputEnded() {
    if (state == State.LINGERING) {
      close(closeReason);
    } else if (handler != null) {
      peerClosed = true;
      handler.onInputEnd();
    }
  }

  private void readAgain() {
    if (!readAgainScheduled) {
      readAgainScheduled = true;
      loop()
          .nextTurn(
              () -> {
                readAgainScheduled = false;
                guarded(this::readInput);
              });
    }
  }

  /**
   * The handler wants input again: goes on with bytes that wait in the socket, in the next turn.
   */
  public void resumeInput() {
    if (readable && !reading && state == State.OPEN) {
      readAgain();
    }
  }

  /** A task of the transport has ended: reads and writes may go on. */
  public void onTransportReady() {
    readable = true;
    told = EventList.UNKNOWN;
    readInput();
    scheduleFlush();
  }

  // ---- output

  /**
   * Appends bytes, which leave at the end of this event or turn. Nothing happens once it is
   * closing.
   */
  public void write(byte[] bytes, int offset, int length) {
    if (state == State.OPEN) {
      out.append(bytes, offset, length);
      scheduleFlush();
    }
  }

  /** Appends the buffer's bytes and consumes it; {@code release} as in {@code Exchange.write}. */
  public void write(ByteBuffer data, @Nullable Runnable release) {
    if (state == State.OPEN) {
      out.append(data, release);
      scheduleFlush();
    } else if (release != null) {
      release.run();
    }
  }

  /** Appends part of a file. */
  public void writeFile(Path path, long position, long count, @Nullable Runnable done) {
    if (state != State.OPEN) {
      if (done != null) {
        done.run();
      }
      return;
    }
    FileSource source =
        new FileSource(
            path,
            position,
            count,
            resources.fileWorker(),
            loop(),
            resources.sockets(),
            this::scheduleFlush,
            done);
    out.append(source);
    if (count > 0) {
      source.open(transport.hasSendfile());
      scheduleFlush();
    }
  }

  /** Calls back when everything written so far was taken by the kernel, perhaps at once. */
  public void whenFlushed(FlushCallback callback) {
    if (state == State.CLOSED) {
      callback.onDropped(closeReason);
    } else {
      out.mark(callback);
    }
  }

  /**
   * Whether fewer bytes wait than the high watermark; if not, {@link ConnectionHandler#onWritable}
   * follows.
   */
  public boolean isWritable() {
    if (out.pending() < resources.options().writeHighWatermark()) {
      return true;
    }
    foundUnwritable = true;
    return false;
  }

  /** Bytes written and not yet taken by the kernel. */
  public long pendingBytes() {
    return out.pending();
  }

  private void scheduleFlush() {
    if (!inEvent && !flushScheduled) {
      flushScheduled = true;
      loop().atTurnEnd(this);
    }
  }

  @Override
  public void onTurnEnd() {
    flushScheduled = false;
    guarded(this::flushNow);
  }

  /** Work outside an event: as there, what it throws costs this connection and no other. */
  private void guarded(Runnable work) {
    try {
      work.run();
    } catch (RuntimeException | Error e) {
      log.error("fd {}: a callback failed; its connection is closed", fd);
      onFailure(e);
      throw e; // to the loop, which logs and counts it
    }
  }

  /** Hands what waits to the kernel, as far as it takes it. */
  public void flushNow() {
    if (state == State.CLOSED || state == State.LINGERING) {
      return;
    }
    if (out.pending() > 0 && !writeArmed) {
      long before = out.written();
      Result result = out.flush(transport);
      sent(out.written() - before);
      continueLater(result);
    }
    if (state != State.CLOSED) {
      out.fireMarks(); // may write more, which leaves in a later flush
    }
    if (state != State.CLOSED) {
      outputProgressed();
    }
  }

  private void sent(long n) {
    if (n > 0) {
      stats.bytesWritten += n;
      stats.lastActiveNanos = loop().now();
      loop().stats().bytesWritten += n;
      writeDue = Deadline.NEVER;
    }
  }

  /** Sees to it that what a flush has left will be sent. */
  private void continueLater(Result result) {
    switch (result) {
      case DRAINED -> {}
      case BLOCKED -> {
        writeArmed = true;
        // One-shot: nothing is left registered that would fire on every ACK (BSD does, observed).
        loop().change(fd, Filter.EVFILT_WRITE, EventFlag.EV_ADD | EventFlag.EV_ONESHOT, udata);
        armWriteTimeout();
      }
      case MORE -> {
        if (!flushScheduled) {
          flushScheduled = true;
          loop().nextTurn(this::onTurnEnd);
        }
      }
      case WAITING, PENDING -> armWriteTimeout();
      case FAILED -> close(CloseReason.PEER_RESET);
      case FILE_FAILED -> {
        log.warn("fd {}: a response file could not be read to its end; the connection is cut", fd);
        reset(CloseReason.SERVER_ERROR);
      }
    }
  }

  private void outputProgressed() {
    if (out.pending() == 0) {
      writeDue = Deadline.NEVER;
      if (state == State.FLUSHING) {
        finishClose();
        return;
      }
    }
    if (foundUnwritable
        && state == State.OPEN
        && out.pending() <= resources.options().writeLowWatermark()
        && handler != null) {
      foundUnwritable = false;
      handler.onWritable();
    }
  }

  // ---- time

  /** Sets the handler's deadline in the loop's nanoseconds; {@link Deadline#NEVER} for none. */
  public void deadline(long dueNanos) {
    handlerDue = dueNanos;
    armTimer();
  }

  private void armWriteTimeout() {
    if (writeDue == Deadline.NEVER) {
      writeDue = loop().now() + resources.options().writeTimeoutNanos();
      armTimer();
    }
  }

  private void armTimer() {
    if (state != State.CLOSED) {
      loop().deadline(timer, Math.min(handlerDue, writeDue));
    }
  }

  private void timerFired(long now) {
    if (state == State.LINGERING) {
      close(closeReason);
    } else if (hasCome(writeDue, now)) {
      reset(CloseReason.WRITE_TIMEOUT);
    } else if (hasCome(handlerDue, now) && handler != null) {
      handlerDue = Deadline.NEVER;
      handler.onDeadline();
    }
    armTimer();
  }

  private static boolean hasCome(long due, long now) {
    return due != Deadline.NEVER && due - now <= 0;
  }

  // ---- the end

  /** Sends what was written, then closes. */
  public void closeAfterFlush(CloseReason reason, Linger linger) {
    if (state != State.OPEN) {
      return;
    }
    state = State.FLUSHING;
    closeReason = reason;
    this.linger = linger;
    handlerDue = Deadline.NEVER;
    if (out.pending() == 0) {
      finishClose();
    } else {
      scheduleFlush();
    }
  }

  private void finishClose() {
    if (linger == Linger.NO || (peerClosed && !readable)) {
      close(closeReason);
      return;
    }
    state = State.LINGERING;
    transport.shutdownWrite();
    handlerDue = loop().now() + LINGER_NANOS;
    armTimer();
    if (!reading) {
      // Not at once: we may be called from another connection's handler, and what it is given lies
      // in the read buffer that all connections of the loop share.
      readAgain();
    }
  }

  /** Closes so that the peer sees a reset: it must not take what it got for a complete message. */
  public void reset(CloseReason reason) {
    if (state != State.CLOSED) {
      resources.sockets().lingerZero(fd);
      close(reason);
    }
  }

  /** Closes at once; unsent bytes are lost. Safe to call again. */
  public void close(CloseReason reason) {
    if (state == State.CLOSED) {
      return;
    }
    state = State.CLOSED;
    closeReason = reason;
    loop().deregister(udata);
    loop().cancel(timer);
    loop().stats().closed(reason);
    loop().closing(fd);
    int result = resources.sockets().close(fd);
    if (result < 0) {
      log.warn("close(fd {}): {}", fd, resources.sockets().errnoName(-result));
    }
    try {
      out.clear(reason);
    } finally {
      tellClosed(reason);
    }
  }

  private void tellClosed(CloseReason reason) {
    try {
      if (handler != null) {
        handler.onClosed(reason);
      }
    } finally {
      onClose.run();
    }
  }

  @Override
  public void onFailure(Throwable error) {
    reset(CloseReason.SERVER_ERROR);
  }

  @Override
  public void onLoopEnd() {
    close(CloseReason.STOP);
  }

  /** Passes a graceful shutdown on to the handler. */
  public void drain() {
    if (state == State.OPEN && handler != null) {
      handler.onDrain();
    }
  }

  // ---- facts

  public boolean isOpen() {
    return state == State.OPEN;
  }

  /** Whether FIN has been seen from the peer. */
  public boolean isPeerClosed() {
    return peerClosed;
  }

  /** Whether bytes may wait in the socket that were not read. */
  public boolean mayHaveUnreadInput() {
    return readable;
  }

  @Override
  public int fd() {
    return fd;
  }

  public EventLoop loop() {
    return resources.loop();
  }

  public ConnectionStats stats() {
    return stats;
  }

  /** Any thread. */
  public InetSocketAddress remoteAddress() {
    return SocketAddresses.decode(resources.sockets().abi(), peer);
  }

  /** The address the peer connected to; null once it is closed. The loop's thread only. */
  public @Nullable InetSocketAddress localAddress() {
    return state == State.CLOSED ? null : resources.sockets().localAddress(fd);
  }
}
