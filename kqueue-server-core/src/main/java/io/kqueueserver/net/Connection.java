package io.kqueueserver.net;

import io.kqueueserver.loop.Deadline;
import io.kqueueserver.loop.EventHandler;
import io.kqueueserver.loop.EventLoop;
import io.kqueueserver.net.proxy.ProxyHeader;
import io.kqueueserver.queue.EventFlag;
import io.kqueueserver.queue.EventList;
import io.kqueueserver.queue.Filter;
import io.kqueueserver.socket.SocketAddresses;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.ConnectionStats;
import io.kqueueserver.stats.DescriptorKind;
import io.kqueueserver.stats.WireProtocol;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One accepted socket: reads when its handler wants input, collects what the handler writes, and
 * closes in the way the situation asks for. Registered once for READ with EV_CLEAR: backpressure is
 * not calling read, and EV_EOF is seen all the same. The loop's thread only; closing it closes the
 * descriptor.
 */
public final class Connection implements EventHandler, Endpoint {
  private static final Logger log = LoggerFactory.getLogger(Connection.class);

  /** 2 MiB in writes of 128 KiB: about what a kernel takes of a response that is ready. */
  private static final int LAST_FLUSHES = 4;

  /** What a read takes where the rest might have to be kept; an ordinary head fits well. */
  public static final int SHORT_READ_BYTES = 4 * 1024;

  // OPEN -> FLUSHING -> LINGERING -> CLOSED      any -> CLOSED
  private enum State {
    OPEN,
    /**
     * Takes no more writes; closes when all is sent. If it will linger, throws input away already.
     */
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
    /** Unread input would make close(2) send RST: read it first, as {@link Discarding} allows. */
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
  private final Inbound in;
  private final Outbound out;
  private final ConnectionStats stats;
  private final HeldBytes held;
  private final Timer timer = new Timer();
  private final Runnable onClose;

  private @Nullable ConnectionHandler handler;
  private volatile @Nullable InetSocketAddress localAddress;
  private ProxyHeader.Complete greeting = ProxyHeader.Complete.NONE;
  private long udata;
  private State state = State.OPEN;
  private CloseReason closeReason = CloseReason.RESPONSE_END;
  private Linger linger = Linger.NO;
  private boolean resetsAfterFlush;

  private WireProtocol protocol = WireProtocol.UNDECIDED;
  private boolean inEvent;

  /** Must be reset, even if there was no memory for that when it failed. */
  private boolean failed;

  private @Nullable Discard discard;
  private long handlerDue = Deadline.NEVER;

  /**
   * Wraps an accepted descriptor, which it owns from now on.
   *
   * @param peer the raw address that accept(2) gave
   * @param transports what lies on top of the socket
   * @param onClose called once after the descriptor was closed
   */
  public Connection(
      LoopResources resources, int fd, byte[] peer, TransportFactory transports, Runnable onClose) {
    this.resources = resources;
    this.fd = fd;
    this.peer = peer;
    this.onClose = onClose;
    this.transport = transports.create(this, new PlainTransport(resources.sockets(), fd));
    this.in = new Inbound(this, transport);
    this.out = new Outbound(this, transport);
    this.stats = new ConnectionStats(resources.loop().now());
    this.held = new HeldBytes(resources.memory(), stats, out, transport);
  }

  /** Registers for events, the only time in its life, and begins to serve the handler. */
  public void open(ConnectionHandler handler) {
    this.handler = handler;
    loop().stats().active(protocol, 1);
    udata = loop().register(this);
    change(Filter.EVFILT_READ, EventFlag.EV_ADD | EventFlag.EV_CLEAR);
  }

  /** Puts another handler in the place of the current one, which hears nothing any more. */
  public void handler(ConnectionHandler successor) {
    handler = successor;
  }

  /** What is spoken from now on. */
  public void protocol(WireProtocol chosen) {
    if (udata != 0 && state != State.CLOSED) {
      loop().stats().active(protocol, -1);
      loop().stats().active(chosen, 1);
    }
    protocol = chosen;
  }

  // ---- events

  @Override
  public void onEvent(EventList events, int index) {
    if (EventLoop.isFailedChange(events, index)) {
      FailedChange.report(resources, events, index);
      reset(CloseReason.NOT_REGISTERED);
      return;
    }
    inEvent = true;
    try {
      if (events.filter(index) == Filter.EVFILT_READ) {
        onReadEvent(events, index);
      } else {
        out.onWriteEvent();
      }
    } finally {
      inEvent = false;
    }
    flushNow();
  }

  private void onReadEvent(EventList events, int index) {
    if (events.isEof(index) && events.fflags(index) != 0) {
      // A reset, even if read(2) would report 0 (some systems hand the error to kevent alone).
      failed("kevent", -events.fflags(index));
    } else {
      in.onEvent(events, index);
    }
  }

  @Override
  public void registerAgain() {
    if (failed) {
      reset(CloseReason.SERVER_ERROR);
      return;
    }
    change(Filter.EVFILT_READ, EventFlag.EV_ADD | EventFlag.EV_CLEAR);
    out.registerAgain();
  }

  /** Queues a change of interest of this connection. */
  void change(Filter filter, int flags) {
    loop().change(fd, filter, flags, udata);
  }

  // ---- input, told by Inbound

  boolean wantsInput() {
    return isLingering()
        || (state == State.OPEN
            && handler != null
            && handler.wantsInput()
            && resources.memory().mayRead(this));
  }

  /** Whether input is thrown away here, and not by the handler. */
  private boolean isLingering() {
    return state == State.LINGERING || (state == State.FLUSHING && linger == Linger.YES);
  }

  /** How many bytes the next read may take. */
  int readSize() {
    if (isLingering() || handler == null) {
      return Integer.MAX_VALUE; // thrown away
    }
    return resources.memory().isTight() ? SHORT_READ_BYTES : handler.readSize();
  }

  /** The handler says how many of the peer's bytes it holds now. */
  public void holdsInput(long bytes) {
    held.input(bytes);
  }

  /** The handler says by how many bytes of responses more it holds, which were not written yet. */
  public void holds(long change) {
    held.between(change);
  }

  /**
   * Whether reading pauses because the server holds too much, which is no silence of the peer's.
   * True once per pause: one more timeout is granted, and no wait without end.
   */
  public boolean excusesSilence() {
    return held.excusesSilence();
  }

  HeldBytes held() {
    return held;
  }

  /** Bytes from the peer, in the buffer all connections of the loop share. */
  void received(ByteBuffer data) {
    int n = data.remaining();
    stats.bytesRead += n;
    stats.lastActiveNanos = loop().now();
    loop().stats().bytesRead += n;
    if (isLingering()) {
      if (!discard().took(n)) {
        close(closeReason);
      }
    } else if (handler != null) {
      handler.onInput(data);
    }
  }

  void inputEnded(boolean truncated) {
    if (state == State.LINGERING) {
      close(closeReason);
    } else if (state == State.OPEN && handler != null) {
      if (truncated) {
        handler.onInputTruncated();
      } else {
        handler.onInputEnd();
      }
    }
  }

  /** FIN was seen, but bytes before it are not wanted now. */
  void peerClosedUnread() {
    if (state == State.OPEN && handler != null) {
      handler.onPeerClosed();
    }
  }

  /**
   * Reading or writing failed: the peer has gone.
   *
   * @param result the negative errno, or {@link Transport#FAILED}
   */
  void failed(String call, long result) {
    // After our FIN a reset is but the peer's way to close: why it was closed has not changed.
    close(state == State.LINGERING ? closeReason : CloseReason.PEER_RESET, call, result);
  }

  /**
   * The handler wants input again: goes on with bytes that wait in the socket, in the next turn.
   */
  public void resumeInput() {
    if (state == State.OPEN) {
      in.resume();
    }
  }

  // ---- what a transport tells its connection

  /** A task of the transport has ended: reads and writes may go on. */
  public void onTransportReady() {
    in.onTransportReady();
    out.schedule();
  }

  /** The socket has no room for the transport's own bytes; it is asked to flush when it has. */
  public void transportBlocked() {
    if (state != State.CLOSED) {
      out.transportBlocked();
    }
  }

  /** The peer has taken some of the transport's own bytes, or of those that it has encrypted. */
  public void transportProgressed() {
    out.transportProgressed();
  }

  /** A TLS handshake is done. */
  public void secured(String applicationProtocol) {
    if (state == State.OPEN && handler != null) {
      handler.onSecured(applicationProtocol);
    }
  }

  /**
   * Runs work of the transport on another thread, then tells it on the loop, then goes on reading
   * and writing. Nothing is told if the connection has been closed meanwhile, which slot and
   * generation say. False if the executor takes no more.
   *
   * @param work must touch nothing the loop may touch meanwhile
   */
  public boolean offLoop(Executor executor, Runnable work, Runnable ended) {
    return new OffLoopWork(this, udata, work, ended).start(executor);
  }

  // ---- output

  /**
   * Appends bytes, which leave at the end of this event or turn. Nothing happens once it is
   * closing.
   */
  public void write(byte[] bytes, int offset, int length) {
    if (state == State.OPEN) {
      out.write(bytes, offset, length);
    }
  }

  /** Appends the buffer's bytes and consumes it; {@code release} as in {@code Exchange.write}. */
  public void write(ByteBuffer data, @Nullable Runnable release) {
    if (state == State.OPEN) {
      out.write(data, release);
    } else if (release != null) {
      release.run();
    }
  }

  /** Whether a lent buffer of that length would come back before {@link #write} returns. */
  public boolean copies(int length) {
    return state != State.OPEN || out.copies(length);
  }

  /** Appends part of a file. */
  public void writeFile(Path path, long position, long count, @Nullable Runnable done) {
    FileSource source = newFileSource(path, position, count, done);
    if (count > 0 && state == State.OPEN) {
      source.open(hasSendfile());
    }
    writeFile(source);
  }

  /** Begins to open part of a file, at least one byte, that may be written later. */
  public FileOpening openFile(
      Path path, long position, long count, @Nullable Runnable done, FileOpening.Outcome outcome) {
    return new ConnectionFile(this, path, position, count, done, outcome);
  }

  void writeFile(FileSource source) {
    if (state == State.OPEN) {
      out.writeFile(source);
    } else {
      source.close();
    }
  }

  FileSource newFileSource(Path path, long position, long count, @Nullable Runnable done) {
    return new FileSource(
        path,
        position,
        count,
        resources.fileWorker(),
        loop(),
        resources.sockets(),
        this::guarded,
        done);
  }

  boolean hasSendfile() {
    return transport.hasSendfile();
  }

  /** Calls back when everything written so far was taken by the kernel, perhaps at once. */
  public void whenFlushed(FlushCallback callback) {
    if (state == State.CLOSED) {
      callback.onDropped(closeReason);
    } else {
      out.whenFlushed(callback);
    }
  }

  /**
   * Whether fewer bytes wait than the high watermark; if not, {@link ConnectionHandler#onWritable}
   * follows.
   */
  public boolean isWritable() {
    return out.isWritable();
  }

  /** Bytes written and not yet taken by the kernel. */
  public long pendingBytes() {
    return out.pending();
  }

  /** Work outside an event: as there, what it throws costs this connection and no other. */
  void guarded(Runnable work) {
    loop().running(udata);
    try {
      work.run();
    } catch (RuntimeException | Error e) {
      onFailure(e); // before anything that may fail for want of memory
      log.error("fd {}: a callback failed; its connection is closed", fd);
      throw e; // to the loop, which logs and counts it
    } finally {
      loop().running(0);
    }
  }

  /** Hands what waits to the kernel, as far as it takes it. */
  public void flushNow() {
    if (state == State.OPEN || state == State.FLUSHING) {
      out.flush();
    }
  }

  boolean isInEvent() {
    return inEvent;
  }

  /** Nothing waits to be sent any more. */
  void outputDrained() {
    if (state == State.FLUSHING) {
      if (discard != null) {
        discard.outputDrained();
      }
      finishClose();
    }
  }

  /** Fewer bytes wait than the low watermark. */
  void outputWritable() {
    if (state == State.OPEN && handler != null) {
      handler.onWritable();
    }
  }

  // ---- time

  /** Sets the handler's deadline in the loop's nanoseconds; {@link Deadline#NEVER} for none. */
  public void deadline(long dueNanos) {
    handlerDue = dueNanos;
    armTimer();
  }

  void armTimer() {
    if (state != State.CLOSED) {
      loop().deadline(timer, Math.min(handlerDue, out.due()));
    }
  }

  private void timerFired(long now) {
    if (state == State.LINGERING) {
      if (discard().isOver()) {
        close(closeReason);
      } else {
        handlerDue = discard().due();
      }
    } else if (hasCome(out.due(), now)) {
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
      out.schedule();
      if (linger == Linger.YES) {
        in.resume(); // a client that writes all before it reads would not let the rest leave
      }
    }
  }

  /** What is thrown away of this connection's input, from the first call on. */
  public Discard discard() {
    Discard current = discard;
    if (current == null) {
      current = new Discard(this, resources.options().discarding());
      discard = current;
    }
    return current;
  }

  /** Nothing is thrown away any more: the next {@link #discard} begins anew. */
  public void endDiscard() {
    discard = null;
  }

  /**
   * Sends what was written, then closes so that the peer sees a reset. The kernel may drop bytes
   * that it has taken and the peer has not.
   */
  public void resetAfterFlush(CloseReason reason) {
    if (state == State.OPEN) {
      resetsAfterFlush = true;
      closeAfterFlush(reason, Linger.NO);
    }
  }

  private void finishClose() {
    if (resetsAfterFlush) {
      reset(closeReason); // and no close_notify: it would call the message complete
      return;
    }
    if (!transport.finish()) {
      return; // the socket is full: outputDrained comes again
    }
    if (linger == Linger.NO || in.hasEnded()) {
      close(closeReason);
      return;
    }
    state = State.LINGERING;
    transport.shutdownWrite();
    handlerDue = discard().due();
    armTimer();
    // Not at once: we may be called from another connection's handler, whose input lies in the read
    // buffer that all connections of the loop share.
    in.resume();
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
    close(reason, "", 0);
  }

  private void close(CloseReason reason, String call, long result) {
    if (state == State.CLOSED) {
      return;
    }
    state = State.CLOSED;
    closeReason = reason;
    if (udata != 0) {
      loop().stats().active(protocol, -1);
    }
    // Each step happens whatever becomes of those before it: there may be no memory left, and a
    // descriptor that is not closed now is lost.
    try {
      loop().deregister(udata);
      loop().cancel(timer);
      loop().stats().closed(reason);
      loop().closing(fd);
      CloseLog.closed(resources.sockets(), fd, reason, call, result);
    } finally {
      try {
        closeDescriptor();
      } finally {
        letGo(reason);
      }
    }
  }

  private void closeDescriptor() {
    int closed = resources.sockets().close(fd);
    if (closed < 0) {
      log.warn("close(fd {}): {}", fd, resources.sockets().errnoName(-closed));
    }
  }

  private void letGo(CloseReason reason) {
    try {
      held.close();
      transport.closed(reason);
    } finally {
      try {
        out.clear(reason);
      } finally {
        tellClosed(reason);
      }
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
    failed = true;
    reset(CloseReason.SERVER_ERROR);
  }

  @Override
  public void onLoopEnd() {
    try {
      if (state == State.OPEN && handler != null) {
        handler.onStop();
      }
      for (int i = 0; i < LAST_FLUSHES && out.pending() > 0; i++) {
        flushNow();
      }
    } finally {
      if (resetsAfterFlush) {
        reset(CloseReason.STOP);
      } else {
        close(CloseReason.STOP);
      }
    }
  }

  /** Passes a graceful shutdown on to the handler. */
  public void drain() {
    if (state == State.OPEN && handler != null) {
      handler.onDrain();
    }
  }

  // ---- facts

  @Override
  public DescriptorKind kind() {
    return DescriptorKind.CONNECTION;
  }

  /**
   * What it looks like to an observer, who must check afterwards that it was still open. Any
   * thread.
   */
  ConnectionView view(long udata) {
    ConnectionView.Requests requests = ConnectionView.Requests.of(stats.requests, handler);
    WireProtocol spoken = protocol;
    boolean active = requests.active() > 0 || spoken == WireProtocol.UPGRADED;
    return new ConnectionView(
        udata,
        new ConnectionView.Socket(fd, remoteAddress(), spoken, transport.isSecure()),
        switch (state) {
          case OPEN, CLOSED -> active ? ConnectionView.State.ACTIVE : ConnectionView.State.IDLE;
          case FLUSHING -> ConnectionView.State.FLUSHING;
          case LINGERING -> ConnectionView.State.LINGERING;
        },
        new ConnectionView.Times(stats.openedNanos, stats.lastActiveNanos),
        new ConnectionView.Traffic(stats.bytesRead, stats.bytesWritten, stats.queuedBytes),
        requests);
  }

  boolean isClosed() {
    return state == State.CLOSED;
  }

  LoopResources resources() {
    return resources;
  }

  public boolean isOpen() {
    return state == State.OPEN;
  }

  /** Whether bytes may wait in the socket that were not read. */
  public boolean mayHaveUnreadInput() {
    return in.mayHaveUnread();
  }

  @Override
  public int fd() {
    return fd;
  }

  public EventLoop loop() {
    return resources.loop();
  }

  /** Whether it speaks TLS. Any thread. */
  @Override
  public boolean isSecure() {
    return transport.isSecure();
  }

  /** The session of its TLS; null without, or before the handshake is done. */
  @Override
  public @Nullable SSLSession tlsSession() {
    return transport.session();
  }

  public ConnectionStats stats() {
    return stats;
  }

  /** Any thread. */
  @Override
  public InetSocketAddress remoteAddress() {
    return SocketAddresses.decode(resources.sockets().abi(), peer);
  }

  /** Whether {@link #remoteAddress} is the client's; if not, a proxy relays it namelessly. */
  @Override
  public boolean isClientKnown() {
    return !greeting.hidesClient();
  }

  /** What a proxy told of the client before its first byte. */
  void greeted(ProxyHeader.Complete header) {
    greeting = header;
    localAddress = header.destination();
  }

  @Override
  public @Nullable InetSocketAddress localAddress() {
    InetSocketAddress known = localAddress;
    // Another thread must not ask about a descriptor that this loop may close meanwhile.
    if (known == null && loop().inLoop() && state != State.CLOSED) {
      known = resources.sockets().localAddress(fd);
      localAddress = known;
    }
    return known;
  }
}
