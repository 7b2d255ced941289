package io.kqueueserver.net;

import io.kqueueserver.loop.Deadline;
import io.kqueueserver.loop.EventLoop;
import io.kqueueserver.loop.TurnEnd;
import io.kqueueserver.net.OutboundQueue.Result;
import io.kqueueserver.queue.EventFlag;
import io.kqueueserver.queue.Filter;
import io.kqueueserver.stats.CloseReason;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sending side of a connection. It collects bytes, hands them to the transport once per event
 * or turn, continues at EVFILT_WRITE, and watches watermarks and progress. The loop's thread only.
 */
final class Outbound implements TurnEnd {
  private static final Logger log = LoggerFactory.getLogger(Outbound.class);

  private final Connection connection;
  private final Transport transport;
  private final OutboundQueue queue;
  private boolean flushScheduled;
  private boolean writeArmed;

  /** Whether the high watermark was reached, so that onWritable follows. */
  private boolean wasFull;

  /** Whether onWritable waits for memory. */
  private boolean awaitsMemory;

  /** Whether the transport has bytes of its own for which the socket had no room. */
  private boolean transportWaits;

  private @Nullable WriteRetry retry;
  private long due = Deadline.NEVER;

  /** The measure of the peer's pace; null until bytes had to wait, or without a minimum. */
  private @Nullable SendRate rate;

  /** This connection's part of the queued bytes in the loop's counters. */
  private long counted;

  private int countedLent;

  Outbound(Connection connection, Transport transport) {
    this.connection = connection;
    this.transport = transport;
    this.queue = new OutboundQueue(connection.resources().staging(), transport.vector() != null);
  }

  void write(byte[] bytes, int offset, int length) {
    schedule(); // first: a write that throws has written nothing
    queue.append(bytes, offset, length);
    appended();
  }

  void write(ByteBuffer data, @Nullable Runnable release) {
    schedule();
    queue.append(data, release);
    appended();
  }

  boolean copies(ByteBuffer data) {
    return queue.copies(data);
  }

  /** Appends a file that is open or being opened. The file is released if the connection closes. */
  void writeFile(FileSegment file) {
    if (!connection.isOpen()) {
      file.release();
      return;
    }
    try {
      file.whenReady(this::schedule);
      schedule();
      queue.append(file);
    } catch (RuntimeException | Error e) {
      file.release(); // nothing else knows of it
      throw e;
    }
    appended();
  }

  private void appended() {
    wasFull |= !isWritable();
    if (!connection.isInEvent()) {
      count(); // many connections may write before the turn ends
    }
  }

  /** Calls back when the kernel has taken all bytes written so far, perhaps at once. */
  void whenFlushed(FlushCallback callback) {
    queue.mark(callback);
  }

  /** Whether unsent bytes weigh less than the high watermark. */
  boolean isWritable() {
    return queue.weight() < connection.resources().options().writeHighWatermark();
  }

  long pending() {
    return queue.pending();
  }

  /** Number of bytes in memory that wait to be sent. */
  long counted() {
    return counted;
  }

  /**
   * The time by which the peer must have taken bytes; {@link Deadline#NEVER} while no byte waits.
   */
  long due() {
    return due;
  }

  /** The time at which {@link #isTooSlow} must be called; {@link Deadline#NEVER} for none. */
  long rateDue() {
    return rate == null ? Deadline.NEVER : rate.due();
  }

  /** Whether the peer takes the bytes that wait more slowly than it must. */
  boolean isTooSlow() {
    return rate != null && rate.isTooLow();
  }

  /** Schedules a flush at the end of the turn. An event of this connection flushes at its end. */
  void schedule() {
    if (!flushScheduled && !connection.isInEvent()) {
      loop().atTurnEnd(this);
      flushScheduled = true;
    }
  }

  @Override
  public void onTurnEnd() {
    connection.guarded(this::endTurn);
  }

  private void endTurn() {
    try {
      beforeFlush(); // its writes need no flush of their own
    } finally {
      flushScheduled = false;
    }
    connection.flushNow();
  }

  /** Lets the handler write more before the flush at the end of the event or turn. */
  void beforeFlush() {
    ConnectionHandler handler = connection.openHandler();
    if (handler != null) {
      handler.beforeFlush();
    }
  }

  /** The socket has room again. */
  void onWriteEvent() {
    writeArmed = false;
    if (transportWaits) {
      flushTransport();
    }
  }

  void transportBlocked() {
    transportWaits = true;
    if (!isPutOff()) {
      armWrite();
    }
  }

  /** The transport has made progress: the write timeout begins anew. */
  void transportProgressed() {
    due = Deadline.NEVER;
  }

  private void flushTransport() {
    int result = transport.flush();
    if (Transport.isError(result)) {
      connection.closing.failed("write", result);
    } else if (result == Transport.OUT_OF_BUFFERS) {
      putOff();
    } else if (result == 0) {
      armWrite();
    } else {
      transportWaits = false;
      due = Deadline.NEVER;
      buffersFound();
      if (queue.pending() == 0) {
        connection.closing.outputDrained();
      }
    }
  }

  /** Hands unsent bytes to the transport, as far as the transport takes them. */
  void flush() {
    wasFull |= !isWritable(); // staged bytes weigh more once another connection has displaced them
    if (queue.pending() > 0 && !writeArmed && !isPutOff()) {
      long before = queue.written();
      Result result = queue.flush(transport);
      sent(queue.written() - before);
      continueLater(result);
    }
    count();
    if (!connection.isClosed()) {
      queue.fireMarks(); // callbacks may write more, which leaves in a later flush
    }
    if (!connection.isClosed()) {
      progressed();
    }
  }

  private void sent(long n) {
    if (n > 0) {
      connection.stats().bytesWritten += n;
      connection.stats().lastActiveNanos = loop().now();
      loop().stats().bytesWritten += n;
      due = Deadline.NEVER;
      buffersFound();
    }
  }

  /** Arranges that the bytes left by a flush are sent later. */
  private void continueLater(Result result) {
    switch (result) {
      case DRAINED -> {}
      case BLOCKED -> armWrite();
      case OUT_OF_BUFFERS -> putOff();
      case MORE -> {
        if (!flushScheduled) {
          loop().nextTurn(this::onTurnEnd);
          flushScheduled = true;
        }
      }
      case WAITING, PENDING -> {
        measureEnded(); // the peer has taken all there was
        armTimeout();
      }
      case FAILED -> connection.closing.failed("write", queue.error());
      case FILE_FAILED -> {
        log.warn(
            "fd {}: a response file could not be read to its end; the connection is cut: {}",
            connection.fd(),
            queue.fileFailure());
        connection.reset(CloseReason.SERVER_ERROR);
      }
    }
  }

  private void putOff() {
    if (connection.isClosed()) {
      return;
    }
    WriteRetry waiting = retry;
    if (waiting == null) {
      waiting = new WriteRetry(connection, this::tryAgain);
      retry = waiting;
    }
    waiting.putOff();
    measureEnded();
    armTimeout();
  }

  private boolean isPutOff() {
    return retry != null && retry.waits();
  }

  private void tryAgain() {
    if (transportWaits) {
      flushTransport();
    }
    connection.flushNow();
  }

  private void buffersFound() {
    if (retry != null) {
      retry.succeeded();
    }
  }

  private void armWrite() {
    if (!writeArmed) {
      writeArmed = true;
      registerAgain();
    }
    measure();
    armTimeout();
  }

  private void measureEnded() {
    if (rate != null) {
      rate.ended(loop().now());
    }
  }

  private void measure() {
    SendRate measured = rate;
    if (measured == null) {
      MinRate least = connection.resources().options().minSendRate();
      if (least.isOff()) {
        return;
      }
      measured = new SendRate(least);
      rate = measured;
    }
    if (measured.waits(connection.socket.taken(), loop().now())) {
      connection.timer.arm();
    }
  }

  /** Registers EVFILT_WRITE again, if this side waits for room in the socket. */
  void registerAgain() {
    if (writeArmed) {
      // One-shot: a lasting registration would fire on every ACK (as observed on BSD).
      connection.change(Filter.EVFILT_WRITE, EventFlag.EV_ADD | EventFlag.EV_ONESHOT);
    }
  }

  private void progressed() {
    if (queue.pending() == 0 && !transportWaits) {
      due = Deadline.NEVER;
      measureEnded();
      connection.closing.outputDrained();
    }
    if (wasFull
        && queue.weight() <= connection.resources().options().writeLowWatermark()
        && connection.resources().memory().mayWrite(this)) {
      wasFull = false;
      ConnectionHandler handler = connection.openHandler();
      if (handler != null) {
        handler.onWritable();
      }
    }
  }

  /** Marks that the handler is called back when there is memory. Returns whether it was not yet. */
  boolean awaitMemory() {
    boolean first = !awaitsMemory;
    awaitsMemory = true;
    return first;
  }

  /** There is memory again. The bytes that the handler writes are sent, and counted, at once. */
  void resume() {
    awaitsMemory = false;
    if (!connection.isClosed()) {
      connection.guarded(
          () -> {
            progressed();
            connection.flushNow();
          });
    }
  }

  private void armTimeout() {
    if (due == Deadline.NEVER) {
      due = loop().now() + connection.resources().options().writeTimeoutNanos();
      connection.timer.arm();
    }
  }

  /** Drops the unsent bytes. */
  void clear(CloseReason reason) {
    if (retry != null) {
      retry.cancel();
    }
    loop().stats().queuedBytes -= counted;
    loop().stats().lentToResponses -= countedLent;
    counted = 0;
    countedLent = 0;
    connection.stats().queuedBytes = 0;
    queue.clear(reason);
  }

  /** Counts the bytes that wait. Bytes that leave at the end of their own event are not counted. */
  private void count() {
    if (connection.isClosed()) {
      return;
    }
    long waits = queue.pendingInMemory();
    loop().stats().queuedBytes += waits - counted;
    counted = waits;
    loop().stats().lentToResponses += queue.lent() - countedLent;
    countedLent = queue.lent();
    connection.resources().memory().check();
    connection.stats().queuedBytes = queue.pending();
  }

  private EventLoop loop() {
    return connection.loop();
  }
}
