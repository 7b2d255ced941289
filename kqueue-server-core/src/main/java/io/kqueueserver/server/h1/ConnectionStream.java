package io.kqueueserver.server.h1;

import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.net.Connection;
import io.kqueueserver.net.Connection.Linger;
import io.kqueueserver.net.FlushCallback;
import io.kqueueserver.server.Closings;
import io.kqueueserver.server.StreamWire;
import io.kqueueserver.server.SwitchedStream;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.WireProtocol;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The rest of an HTTP/1 connection after a switch, as a byte stream: nothing frames its bytes, so
 * FIN is the end of a side, and a reset is all that shows a break. The loop's thread only.
 */
final class ConnectionStream implements StreamWire {
  final SwitchedStream stream;

  private final Connection connection;
  private final Runnable resume;

  /**
   * Takes the connection over.
   *
   * @param resume passes on the bytes that were read and not passed on, then reads again
   */
  ConnectionStream(Connection connection, SwitchedStream stream, Runnable resume) {
    this.connection = connection;
    this.stream = stream;
    this.resume = resume;
    connection.protocol(WireProtocol.UPGRADED);
    stream.on(this);
  }

  // ---- what the connection passes on

  void inputTruncated() {
    // Without framing the bytes may be half of a message, which FIN would make a whole one.
    connection.reset(CloseReason.PEER_GONE);
  }

  /** The server stops at once: what was written leaves, and nothing that looks like its end. */
  void stop() {
    if (!stream.isComplete()) {
      connection.resetAfterFlush(CloseReason.STOP);
    }
  }

  void closed(CloseReason reason) {
    boolean inOrder = reason == CloseReason.PEER_CLOSED || reason == CloseReason.RESPONSE_END;
    stream.ended(inOrder && stream.isComplete() ? null : Closings.exception(reason));
  }

  // ---- what the stream asks

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
    resume.run();
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
  public boolean isBusy() {
    return connection.pendingBytes() > 0 || connection.excusesSilence();
  }
}
