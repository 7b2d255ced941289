package io.kqueueserver.server.h1;

import io.kqueueserver.http.UpgradeHandler;
import io.kqueueserver.net.Connection;
import io.kqueueserver.net.Connection.Linger;
import io.kqueueserver.server.Closings;
import io.kqueueserver.stats.CloseReason;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** A connection after its protocol was switched: plain bytes both ways. The loop's thread only. */
final class UpgradedStream implements UpgradeHandler.Stream {
  private final Connection connection;
  private final UpgradeHandler handler;
  private final Runnable resume;
  private boolean reading = true;
  private boolean ended;

  UpgradedStream(Connection connection, UpgradeHandler handler, Runnable resume) {
    this.connection = connection;
    this.handler = handler;
    this.resume = resume;
  }

  void open() {
    try {
      handler.onOpen(this);
    } catch (RuntimeException | Error e) {
      connection.reset(CloseReason.SERVER_ERROR); // nobody is there to serve it
      throw e;
    }
  }

  boolean wantsInput() {
    return reading;
  }

  /** Passes bytes on; false, since nothing is left to decode then. */
  boolean input(ByteBuffer in) {
    if (reading && in.hasRemaining()) {
      try {
        handler.onBytes(in);
      } catch (RuntimeException | Error e) {
        connection.reset(CloseReason.SERVER_ERROR);
        throw e;
      }
      in.position(in.limit());
    }
    return false;
  }

  void inputEnded() {
    closed(CloseReason.PEER_CLOSED);
    connection.closeAfterFlush(CloseReason.PEER_CLOSED, Linger.NO);
  }

  void writable() {
    handler.onWritable();
  }

  void closed(CloseReason reason) {
    if (!ended) {
      ended = true;
      boolean good = reason == CloseReason.PEER_CLOSED || reason == CloseReason.RESPONSE_END;
      handler.onClose(good ? null : Closings.exception(reason));
    }
  }

  @Override
  public void write(ByteBuffer data, @Nullable Runnable release) {
    connection.write(data, release);
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
  public void reading(boolean enabled) {
    boolean before = reading;
    reading = enabled;
    if (enabled && !before) {
      resume.run();
    }
  }

  @Override
  public void close() {
    connection.closeAfterFlush(CloseReason.RESPONSE_END, Linger.YES);
  }

  @Override
  public boolean execute(Runnable task) {
    return connection.loop().execute(task);
  }
}
