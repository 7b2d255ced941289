package io.kqueueserver.net;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Part of a file that is being opened for one connection. The loop's thread only. */
final class ConnectionFile implements FileOpening {
  private final Connection connection;
  private final FileSegment file;

  /**
   * Begins to open the file in the background, unless it was opened before.
   *
   * @param opened the same file, to be taken; null if it was not opened
   * @param count more than 0
   * @param done runs once, when the file is no longer needed
   * @param outcome null if the file is written at once, and its failure is the connection's
   */
  ConnectionFile(
      Connection connection,
      Path path,
      long position,
      long count,
      @Nullable OpenDescriptor opened,
      @Nullable Runnable done,
      @Nullable Outcome outcome) {
    this.connection = connection;
    file = new FileSegment(connection, path, position, count, done);
    if (outcome != null) {
      file.whenReady(() -> report(outcome));
    }
    file.open(connection.transport.hasSendfile(), opened);
  }

  private void report(Outcome outcome) {
    IOException failure = file.failure();
    if (failure == null) {
      outcome.opened();
    } else {
      file.release();
      outcome.failed(failure);
    }
  }

  @Override
  public boolean isOpen() {
    return file.isOpen();
  }

  @Override
  public void write() {
    connection.out.writeFile(file);
  }

  @Override
  public void close() {
    file.release();
  }
}
