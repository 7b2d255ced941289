package io.kqueueserver.net;

import io.kqueueserver.loop.Deadline;
import io.kqueueserver.loop.EventLoop;
import io.kqueueserver.queue.Filter;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.ConnectionStats;
import io.kqueueserver.stats.WireProtocol;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One accepted socket. A connection reads when its handler wants input, collects the bytes that the
 * handler writes, and closes gracefully or by a reset. Its parts have classes of their own: {@link
 * ConnectionEvents} takes events, {@link Inbound} reads, {@link Outbound} writes, {@link Closing}
 * is the state machine, {@link TransportHost} serves the transport, and {@link ConnectionFacts}
 * serves observers.
 *
 * <p>The socket is registered once for READ with EV_CLEAR. Backpressure means that read is not
 * called; EV_EOF is seen in spite of that. The loop's thread only. The close of a connection closes
 * the descriptor.
 */
public final class Connection {
  private static final Logger log = LoggerFactory.getLogger(Connection.class);

  /** 4 KiB: size of a read whose rest might have to be kept. An ordinary head fits. */
  public static final int SHORT_READ_BYTES = 4 * 1024;

  /** How a close treats input that may still arrive. */
  public enum Linger {
    /** All input was read: close(2) sends FIN. */
    NO,
    /** Unread input would make close(2) send RST: it is read first, within {@link Discarding}. */
    YES
  }

  private final LoopResources resources;
  private final int fd;
  private final ConnectionEvents events = new ConnectionEvents(this);

  // The parts, which call each other.
  final PlainTransport socket;
  final Transport transport;
  final Inbound in;
  final Outbound out;
  final Closing closing;
  final ConnectionFacts facts;
  final ConnectionTimer timer;
  final HeldBytes held;

  private @Nullable ConnectionHandler handler;
  private long udata;

  /** The time of {@link #inputBegan}; NEVER before. */
  private long inputBegan = Deadline.NEVER;

  /**
   * Wraps an accepted descriptor. The connection owns the descriptor from now on.
   *
   * @param peer the raw address that accept(2) gave
   * @param transports makes the transport on top of the socket
   * @param onClose called once after the descriptor was closed
   */
  public Connection(
      LoopResources resources, int fd, byte[] peer, TransportFactory transports, Runnable onClose) {
    this.resources = resources;
    this.fd = fd;
    this.socket = new PlainTransport(resources.sockets(), fd);
    this.transport = transports.create(new TransportHost(this), socket);
    this.in = new Inbound(this, transport);
    this.out = new Outbound(this, transport);
    this.closing = new Closing(this, onClose);
    this.facts = new ConnectionFacts(resources, fd, peer, transport, closing);
    this.timer = new ConnectionTimer(this, out, closing);
    this.held = new HeldBytes(resources.memory(), facts.stats(), out, transport);
  }

  /** Registers the descriptor for events, once, and begins to serve the handler. */
  public void open(ConnectionHandler handler) {
    this.handler = handler;
    facts.opened();
    udata = loop().register(events);
    events.registerRead();
  }

  /** Replaces the handler. The former handler is not called any more. */
  public void handler(ConnectionHandler successor) {
    handler = successor;
  }

  /** Sets the protocol from now on. The connection's age counts from the first call. */
  public void protocol(WireProtocol chosen) {
    facts.protocol(chosen);
    timer.ages();
  }

  // ---- interests and callbacks

  /** Queues a change of interest of this connection. */
  void change(Filter filter, int flags) {
    loop().change(fd, filter, flags, udata);
  }

  /** Runs work outside an event. An exception of the work ends this connection and no other. */
  void guarded(Runnable work) {
    loop().running(udata);
    try {
      work.run();
    } catch (RuntimeException | Error e) {
      closing.onFailure(); // before any step that may fail for want of memory
      log.error("fd {}: a callback failed; its connection is closed", fd);
      throw e; // the loop logs and counts it
    } finally {
      loop().running(0);
    }
  }

  // ---- input

  /** The handler wants input again: the next turn reads the bytes in the socket. */
  public void resumeInput() {
    if (isOpen()) {
      in.resume();
    }
  }

  /** Whether the socket may hold unread bytes. */
  public boolean mayHaveUnreadInput() {
    return in.mayHaveUnread();
  }

  /**
   * The time at which the client has begun its first message: the time of the first call. The
   * handler that chooses a protocol makes this call, so that the time of the message goes on, and
   * does not start again, with the protocol's handler.
   */
  public long inputBegan() {
    if (inputBegan == Deadline.NEVER) {
      inputBegan = loop().now();
    }
    return inputBegan;
  }

  // ---- memory

  /** Sets how many of the peer's bytes the handler holds now. */
  public void holdsInput(long bytes) {
    held.input(bytes);
  }

  /** Adds to the count of response bytes that the handler holds and has not written. */
  public void holds(long change) {
    held.between(change);
  }

  /**
   * Takes the excuse of a silent peer: that reading is paused for want of memory. Returns true once
   * per pause, so that the peer gets one more timeout and no endless wait.
   */
  public boolean takeExcuse() {
    return held.takeExcuse();
  }

  // ---- output

  /**
   * Appends bytes, which leave at the end of this event or turn. Ignored on a closing connection.
   */
  public void write(byte[] bytes, int offset, int length) {
    if (isOpen()) {
      out.write(bytes, offset, length);
    }
  }

  /** The release of a buffer of the server's own, which does not change until it is sent. */
  public static final Runnable NOT_LENT = () -> {};

  /** Appends and consumes the buffer's bytes. {@code release} is as in {@code Exchange.write}. */
  public void write(ByteBuffer data, @Nullable Runnable release) {
    if (isOpen()) {
      out.write(data, release);
    } else if (release != null) {
      release.run();
    }
  }

  /** Whether {@link #write} releases that lent buffer before it returns. */
  public boolean copies(ByteBuffer data) {
    return !isOpen() || out.copies(data);
  }

  /**
   * Opens part of a file on the calling thread, which may block, for a later {@link #openFile}.
   * Null if this connection reads its files, or the file cannot be opened. Any thread.
   */
  public @Nullable OpenDescriptor openNow(Path path, long position, long count) {
    return count > 0 && transport.hasSendfile()
        ? OpenDescriptor.open(resources, path, position, count)
        : null;
  }

  /**
   * Begins to open part of a file, at least one byte.
   *
   * @param opened of {@link #openNow}, or null
   * @param outcome is notified before the file is written; null if it is written at once
   */
  public FileOpening openFile(
      Path path,
      long position,
      long count,
      @Nullable OpenDescriptor opened,
      @Nullable Runnable done,
      FileOpening.@Nullable Outcome outcome) {
    return new ConnectionFile(this, path, position, count, opened, done, outcome);
  }

  /** Calls back when the kernel has taken all bytes written so far, perhaps at once. */
  public void whenFlushed(FlushCallback callback) {
    if (isClosed()) {
      callback.onDropped(closing.reason());
    } else {
      out.whenFlushed(callback);
    }
  }

  /**
   * Whether fewer bytes are unsent than the high watermark. Once a write has made it false, {@link
   * ConnectionHandler#onWritable} follows.
   */
  public boolean isWritable() {
    return out.isWritable();
  }

  /** Number of bytes written and not yet taken by the kernel. */
  public long pendingBytes() {
    return out.pending();
  }

  /** Number of bytes that may be written before {@link #isWritable} is false; 0 if it is false. */
  public long room() {
    return Math.max(0, resources.options().writeHighWatermark() - out.pending());
  }

  /**
   * Makes this event or turn end with {@link ConnectionHandler#beforeFlush} and a flush, as a write
   * does. For a handler that keeps bytes back until then.
   */
  public void flushSoon() {
    if (isOpen()) {
      out.schedule();
    }
  }

  /** Hands unsent bytes to the kernel, as far as the socket has room. */
  public void flushNow() {
    if (closing.sends()) {
      out.flush();
    }
  }

  /** Sends the written bytes, then FIN. Input goes on. No write may follow. */
  public void finishOutput() {
    closing.finishOutput();
  }

  /** Sets the handler's deadline in the loop's nanoseconds; {@link Deadline#NEVER} for none. */
  public void deadline(long dueNanos) {
    timer.handlerDue(dueNanos);
  }

  // ---- the end

  /** Asks the handler to end in good order, for that reason. */
  public void drain(CloseReason reason) {
    ConnectionHandler served = openHandler();
    if (served != null) {
      served.onDrain(reason);
    }
  }

  /** Sends the written bytes, then closes. */
  public void closeAfterFlush(CloseReason reason, Linger linger) {
    closing.closeAfterFlush(reason, linger);
  }

  /**
   * Sends the written bytes, then closes by a reset. The kernel may drop bytes that it has taken
   * and the peer has not received.
   */
  public void resetAfterFlush(CloseReason reason) {
    closing.resetAfterFlush(reason);
  }

  /**
   * Closes by a reset, so that the peer does not take the received bytes for a complete message.
   */
  public void reset(CloseReason reason) {
    closing.reset(reason);
  }

  /** Closes at once; unsent bytes are lost. Safe to call again. */
  public void close(CloseReason reason) {
    closing.close(reason);
  }

  /** The measure of discarded input, which the first call starts. */
  public Discard discard() {
    return closing.discard();
  }

  /** Discarding has ended: the next {@link #discard} starts a new measure. */
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
   * The observer's view of this connection. The observer must check afterwards that the connection
   * is still open. Any thread.
   */
  ConnectionView view(long udata) {
    return facts.view(udata, handler);
  }

  public ConnectionStats stats() {
    return facts.stats();
  }

  /** The descriptor, for logs. */
  public int fd() {
    return fd;
  }

  /** The addresses of both ends, and the TLS session. Any thread. */
  public Endpoint endpoint() {
    return facts;
  }

  // ---- for the parts

  public EventLoop loop() {
    return resources.loop();
  }

  LoopResources resources() {
    return resources;
  }

  @Nullable ConnectionHandler handler() {
    return handler;
  }

  /** The handler; null before {@link #open} and from the first close on. */
  @Nullable ConnectionHandler openHandler() {
    return closing.isOpen() ? handler : null;
  }

  boolean isInEvent() {
    return events.isRunning();
  }

  /** Slot and generation; 0 before {@link #open}. */
  long udata() {
    return udata;
  }
}
