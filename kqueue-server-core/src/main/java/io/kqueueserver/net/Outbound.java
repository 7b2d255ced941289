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
 * The sending side of a connection: collects bytes, hands them to the transport once per event or
 * turn, goes on at EVFILT_WRITE, and watches watermarks and progress. The loop's thread only.
 */
final class Outbound implements TurnEnd {
  private static final Logger log = LoggerFactory.getLogger(Outbound.class);

  private final Connection connection;
  private final Transport transport;
  private final OutboundQueue queue;
  private boolean flushScheduled;
  private boolean writeArmed;
  private boolean foundUnwritable;

  /** The transport has bytes of its own for which the socket had no room. */
  private boolean transportWaits;

  private @Nullable WriteRetry retry;
  private long due = Deadline.NEVER;

  /** Of what this loop's counters say of queued bytes, the part that is ours. */
  private long counted;

  Outbound(Connection connection, Transport transport) {
    this.connection = connection;
    this.transport = transport;
    this.queue = new OutboundQueue(connection.resources().staging());
  }

  void write(byte[] bytes, int offset, int length) {
    queue.append(bytes, offset, length);
    schedule();
  }

  void write(ByteBuffer data, @Nullable Runnable release) {
    queue.append(data, release);
    schedule();
  }

  boolean copies(int length) {
    return queue.copies(length);
  }

  /** Appends a file that is open, or is being opened; gives it back once the connection closes. */
  void writeFile(FileSegment file) {
    if (!connection.isOpen()) {
      file.release();
      return;
    }
    file.whenReady(this::schedule);
    queue.append(file);
    schedule();
  }

  /** Calls back when everything written so far was taken by the kernel, perhaps at once. */
  void whenFlushed(FlushCallback callback) {
    queue.mark(callback);
  }

  /** Whether fewer bytes wait than the high watermark; if not, it is told when that has changed. */
  boolean isWritable() {
    if (queue.pending() < connection.resources().options().writeHighWatermark()) {
      return true;
    }
    foundUnwritable = true;
    return false;
  }

  long pending() {
    return queue.pending();
  }

  /** Bytes in memory that the last flush has left. */
  long counted() {
    return counted;
  }

  /** When the peer must have taken something; {@link Deadline#NEVER} while nothing waits for it. */
  long due() {
    return due;
  }

  /** Sees to a flush at the end of the turn; an event flushes by itself when it ends. */
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
      beforeFlush(); // what it writes needs no flush of its own
    } finally {
      flushScheduled = false;
    }
    connection.flushNow();
  }

  /** The event or turn ends, and a flush follows: the handler may write more. */
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

  /** The write timeout begins anew, though no byte that was written has left whole. */
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

  /** Hands what waits to the transport, as far as it takes it. */
  void flush() {
    if (queue.pending() > 0 && !writeArmed && !isPutOff()) {
      long before = queue.written();
      Result result = queue.flush(transport);
      sent(queue.written() - before);
      continueLater(result);
    }
    count();
    if (!connection.isClosed()) {
      queue.fireMarks(); // may write more, which leaves in a later flush
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

  /** Sees to it that what a flush has left will be sent. */
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
      case WAITING, PENDING -> armTimeout();
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
    armTimeout();
  }

  /** Asks for the room in the socket that it waits for, if it does. */
  void registerAgain() {
    if (writeArmed) {
      // One-shot: nothing is left registered that would fire on every ACK (BSD does, observed).
      connection.change(Filter.EVFILT_WRITE, EventFlag.EV_ADD | EventFlag.EV_ONESHOT);
    }
  }

  private void progressed() {
    if (queue.pending() == 0 && !transportWaits) {
      due = Deadline.NEVER;
      connection.closing.outputDrained();
    }
    if (foundUnwritable
        && queue.pending() <= connection.resources().options().writeLowWatermark()) {
      foundUnwritable = false;
      ConnectionHandler handler = connection.openHandler();
      if (handler != null) {
        handler.onWritable();
      }
    }
  }

  private void armTimeout() {
    if (due == Deadline.NEVER) {
      due = loop().now() + connection.resources().options().writeTimeoutNanos();
      connection.timer.arm();
    }
  }

  /** Gives up what was not sent. */
  void clear(CloseReason reason) {
    if (retry != null) {
      retry.cancel();
    }
    loop().stats().queuedBytes -= counted;
    counted = 0;
    connection.stats().queuedBytes = 0;
    queue.clear(reason);
  }

  /** What a flush has left is what waits: bytes of one turn that leave in it are not counted. */
  private void count() {
    if (connection.isClosed()) {
      return;
    }
    long waits = queue.pendingInMemory();
    loop().stats().queuedBytes += waits - counted;
    counted = waits;
    connection.resources().memory().check();
    connection.stats().queuedBytes = queue.pending();
  }

  private EventLoop loop() {
    return connection.loop();
  }
}
