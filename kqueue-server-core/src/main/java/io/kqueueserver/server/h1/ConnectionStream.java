package io.kqueueserver.server.h1;

import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.net.Connection;
import io.kqueueserver.net.Connection.Linger;
import io.kqueueserver.net.ConnectionHandler;
import io.kqueueserver.net.FlushCallback;
import io.kqueueserver.server.Closings;
import io.kqueueserver.server.StreamWire;
import io.kqueueserver.server.SwitchedStream;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.CurrentRequest;
import io.kqueueserver.stats.WireProtocol;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The rest of an HTTP/1 connection after a switch, as a byte stream. It takes the place of {@link
 * Http1Connection}, which an idle stream does not refer to. The bytes have no framing, so FIN ends
 * a side, and only a reset shows a failure. Bytes of a read that a paused stream leaves wait in the
 * stash, and no byte is read meanwhile. The loop's thread only.
 */
final class ConnectionStream implements StreamWire, ConnectionHandler {
  private final SwitchedStream stream;
  private final Connection connection;
  private @Nullable ByteBuffer stash;

  /** Whether the stream is reading: a call of the stream then only changes its state. */
  private boolean passing;

  /** Takes the connection over. */
  ConnectionStream(Connection connection, SwitchedStream stream) {
    this.connection = connection;
    this.stream = stream;
    connection.protocol(WireProtocol.UPGRADED);
    stream.on(this);
  }

  // ---- the connection's calls

  @Override
  public boolean wantsInput() {
    return stash == null && stream.wantsInput();
  }

  @Override
  public int readSize() {
    return Integer.MAX_VALUE;
  }

  @Override
  public void onInput(ByteBuffer in) {
    pass(in);
    keep(
        in.hasRemaining() && connection.isOpen()
            ? ByteBuffer.allocate(in.remaining()).put(in).flip()
            : null);
  }

  private void pass(ByteBuffer in) {
    passing = true;
    try {
      stream.input(in);
    } finally {
      passing = false;
    }
  }

  /** Keeps bytes that the stream does not want yet. */
  void keep(@Nullable ByteBuffer waiting) {
    stash = waiting;
    connection.holdsInput(waiting == null ? 0 : waiting.capacity());
  }

  @Override
  public void onInputEnd() {
    stream.inputEnded();
  }

  @Override
  public void onInputTruncated() {
    // Without framing the bytes may be half of a message, which FIN would declare complete.
    connection.reset(CloseReason.PEER_GONE);
  }

  @Override
  public void onPeerClosed() {} // the FIN is behind bytes that the stream has yet to read

  @Override
  public void onWritable() {
    stream.writable();
  }

  @Override
  public void onDeadline() {
    stream.deadlinePassed();
  }

  @Override
  public void onDrain(CloseReason reason) {
    stream.drain(reason);
  }

  /** The server stops at once: the written bytes leave, but no end of the stream. */
  @Override
  public void onStop() {
    if (!stream.isComplete()) {
      connection.resetAfterFlush(CloseReason.STOP);
    }
  }

  @Override
  public void onClosed(CloseReason reason) {
    stash = null;
    boolean inOrder = reason == CloseReason.PEER_CLOSED || reason == CloseReason.RESPONSE_END;
    stream.ended(inOrder && stream.isComplete() ? null : Closings.exception(reason));
  }

  @Override
  public void eachRequest(Consumer<? super CurrentRequest> observer) {
    observer.accept(stream.observed());
  }

  // ---- the stream's calls

  @Override
  public void write(ByteBuffer data, @Nullable Runnable release) {
    connection.write(data, release);
  }

  @Override
  public void holds(long change) {
    connection.holds(change);
  }

  @Override
  public boolean isWritable() {
    return connection.isWritable();
  }

  @Override
  public void flush() {
    connection.flushNow();
  }

  @Override
  public void whenFlushed(FlushCallback callback) {
    connection.whenFlushed(callback);
  }

  @Override
  public void inputWanted() {
    if (passing) {
      return;
    }
    ByteBuffer waiting = stash;
    if (waiting != null) {
      stash = null;
      pass(waiting);
      keep(waiting.hasRemaining() && connection.isOpen() ? waiting : null);
    }
    if (wantsInput()) {
      connection.resumeInput();
    }
  }

  @Override
  public void finish() {
    connection.finishOutput();
  }

  @Override
  public void end(boolean byPeer) {
    connection.closeAfterFlush(
        byPeer ? CloseReason.PEER_CLOSED : CloseReason.RESPONSE_END, Linger.NO);
  }

  @Override
  public void reset(CloseReason reason, ExchangeException cause) {
    connection.reset(reason);
  }

  @Override
  public void deadline(long dueNanos) {
    connection.deadline(dueNanos);
  }

  @Override
  public long unsentBytes() {
    return connection.pendingBytes();
  }

  @Override
  public boolean isBusy() {
    return connection.pendingBytes() > 0 || connection.takeExcuse();
  }
}
