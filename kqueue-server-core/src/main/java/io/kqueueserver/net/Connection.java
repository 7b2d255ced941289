package io.kqueueserver.net;

import io.kqueueserver.loop.Deadline;
import io.kqueueserver.loop.EventHandler;
import io.kqueueserver.loop.EventLoop;
import io.kqueueserver.queue.EventFlag;
import io.kqueueserver.queue.EventList;
import io.kqueueserver.queue.Filter;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.ConnectionStats;
import io.kqueueserver.stats.DescriptorKind;
import io.kqueueserver.stats.WireProtocol;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One accepted socket, as its protocol sees it: reads when the handler wants input, collects what
 * the handler writes, and closes in the way the situation asks for. The parts have classes of their
 * own: {@link Inbound} reads, {@link Outbound} writes, {@link Closing} is the state machine, {@link
 * TransportHost} what a transport sees, {@link ConnectionFacts} what an observer sees.
 *
 * <p>Registered once for READ with EV_CLEAR: backpressure is not calling read, and EV_EOF is seen
 * all the same. The loop's thread only; closing it closes the descriptor.
 */
public final class Connection implements EventHandler {
  private static final Logger log = LoggerFactory.getLogger(Connection.class);

  /** What a read takes where the rest might have to be kept; an ordinary head fits well. */
  public static final int SHORT_READ_BYTES = 4 * 1024;

  /** What a close does with input that may still be on its way. */
  public enum Linger {
    /** All input was read: close(2) sends FIN. */
    NO,
    /** Unread input would make close(2) send RST: read it first, as {@link Discarding} allows. */
    YES
  }

  private final LoopResources resources;
  private final int fd;

  // Its parts, which know each other.
  final Transport transport;
  final Inbound in;
  final Outbound out;
  final Closing closing;
  final ConnectionFacts facts;
  final ConnectionTimer timer;
  final HeldBytes held;

  private @Nullable ConnectionHandler handler;
  private long udata;
  private boolean inEvent;

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
    this.transport =
        transports.create(new TransportHost(this), new PlainTransport(resources.sockets(), fd));
    this.in = new Inbound(this, transport);
    this.out = new Outbound(this, transport);
    this.closing = new Closing(this, onClose);
    this.facts = new ConnectionFacts(resources, fd, peer, transport, closing);
    this.timer = new ConnectionTimer(this, out, closing);
    this.held = new HeldBytes(resources.memory(), facts.stats(), out, transport);
  }

  /** Registers for events, the only time in its life, and begins to serve the handler. */
  public void open(ConnectionHandler handler) {
    this.handler = handler;
    facts.opened();
    udata = loop().register(this);
    change(Filter.EVFILT_READ, EventFlag.EV_ADD | EventFlag.EV_CLEAR);
  }

  /** Puts another handler in the place of the current one, which hears nothing any more. */
  public void handler(ConnectionHandler successor) {
    handler = successor;
  }

  /** What is spoken from now on. */
  public void protocol(WireProtocol chosen) {
    facts.protocol(chosen);
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
      out.beforeFlush();
    } finally {
      inEvent = false;
    }
    flushNow();
  }

  private void onReadEvent(EventList events, int index) {
    if (events.isEof(index) && events.fflags(index) != 0) {
      // A reset, even if read(2) would report 0 (some systems hand the error to kevent alone).
      closing.failed("kevent", -events.fflags(index));
    } else {
      in.onEvent(events, index);
    }
  }

  @Override
  public void registerAgain() {
    if (!closing.endsFailed()) {
      change(Filter.EVFILT_READ, EventFlag.EV_ADD | EventFlag.EV_CLEAR);
      out.registerAgain();
    }
  }

  /** Queues a change of interest of this connection. */
  void change(Filter filter, int flags) {
    loop().change(fd, filter, flags, udata);
  }

  @Override
  public void onFailure(Throwable error) {
    closing.onFailure();
  }

  @Override
  public void onLoopEnd() {
    closing.stop();
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

  // ---- input

  /** The handler wants input again: the next turn reads the bytes that wait in the socket. */
  public void resumeInput() {
    if (isOpen()) {
      in.resume();
    }
  }

  /** Whether bytes may wait in the socket that were not read. */
  public boolean mayHaveUnreadInput() {
    return in.mayHaveUnread();
  }

  // ---- memory

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

  // ---- output

  /** Appends bytes, which leave at the end of this event or turn; none once it is closing. */
  public void write(byte[] bytes, int offset, int length) {
    if (isOpen()) {
      out.write(bytes, offset, length);
    }
  }

  /** Appends the buffer's bytes and consumes it; {@code release} as in {@code Exchange.write}. */
  public void write(ByteBuffer data, @Nullable Runnable release) {
    if (isOpen()) {
      out.write(data, release);
    } else if (release != null) {
      release.run();
    }
  }

  /** Whether a lent buffer of that length would come back before {@link #write} returns. */
  public boolean copies(int length) {
    return !isOpen() || out.copies(length);
  }

  /** Appends part of a file. */
  public void writeFile(Path path, long position, long count, @Nullable Runnable done) {
    FileSegment file = new FileSegment(this, path, position, count, done);
    if (count > 0 && isOpen()) {
      file.open(transport.hasSendfile());
    }
    out.writeFile(file);
  }

  /** Begins to open part of a file, at least one byte, that may be written later. */
  public FileOpening openFile(
      Path path, long position, long count, @Nullable Runnable done, FileOpening.Outcome outcome) {
    return new ConnectionFile(this, path, position, count, done, outcome);
  }

  /** Calls back when everything written so far was taken by the kernel, perhaps at once. */
  public void whenFlushed(FlushCallback callback) {
    if (isClosed()) {
      callback.onDropped(closing.reason());
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

  /** Bytes that may be written before {@link #isWritable} turns false; 0 if it is. */
  public long room() {
    return Math.max(0, resources.options().writeHighWatermark() - out.pending());
  }

  /**
   * Sees to it that this event or turn ends with {@link ConnectionHandler#beforeFlush} and a flush,
   * as a write does: for a handler that keeps bytes back until then.
   */
  public void flushSoon() {
    if (isOpen()) {
      out.schedule();
    }
  }

  /** Hands what waits to the kernel, as far as it takes it. */
  public void flushNow() {
    if (closing.sends()) {
      out.flush();
    }
  }

  /** Sends what was written, then FIN; input goes on. Nothing may be written after this call. */
  public void finishOutput() {
    closing.finishOutput();
  }

  /** Sets the handler's deadline in the loop's nanoseconds; {@link Deadline#NEVER} for none. */
  public void deadline(long dueNanos) {
    timer.handlerDue(dueNanos);
  }

  // ---- the end

  /** Passes a graceful shutdown on to the handler. */
  public void drain() {
    ConnectionHandler served = openHandler();
    if (served != null) {
      served.onDrain();
    }
  }

  /** Sends what was written, then closes. */
  public void closeAfterFlush(CloseReason reason, Linger linger) {
    closing.closeAfterFlush(reason, linger);
  }

  /**
   * Sends what was written, then closes so that the peer sees a reset. The kernel may drop bytes
   * that it has taken and the peer has not.
   */
  public void resetAfterFlush(CloseReason reason) {
    closing.resetAfterFlush(reason);
  }

  /** Closes so that the peer sees a reset: it must not take what it got for a complete message. */
  public void reset(CloseReason reason) {
    closing.reset(reason);
  }

  /** Closes at once; unsent bytes are lost. Safe to call again. */
  public void close(CloseReason reason) {
    closing.close(reason);
  }

  /** What is thrown away of this connection's input, from the first call on. */
  public Discard discard() {
    return closing.discard();
  }

  /** Nothing is thrown away any more: the next {@link #discard} begins anew. */
  public void endDiscard() {
    closing.endDiscard();
  }

  public boolean isOpen() {
    return closing.isOpen();
  }

  boolean isClosed() {
    return closing.isClosed();
  }

  // ---- facts

  /**
   * What it looks like to an observer, who must check afterwards that it was still open. Any
   * thread.
   */
  ConnectionView view(long udata) {
    return facts.view(udata, handler);
  }

  public ConnectionStats stats() {
    return facts.stats();
  }

  @Override
  public DescriptorKind kind() {
    return DescriptorKind.CONNECTION;
  }

  @Override
  public int fd() {
    return fd;
  }

  /** The addresses of its two ends, and its TLS. Any thread. */
  public Endpoint endpoint() {
    return facts;
  }

  // ---- for its parts

  public EventLoop loop() {
    return resources.loop();
  }

  LoopResources resources() {
    return resources;
  }

  @Nullable ConnectionHandler handler() {
    return handler;
  }

  /** The handler while the connection is open; null before that and from the first close on. */
  @Nullable ConnectionHandler openHandler() {
    return closing.isOpen() ? handler : null;
  }

  boolean isInEvent() {
    return inEvent;
  }

  /** Slot and generation; 0 before it is open. */
  long udata() {
    return udata;
  }
}
