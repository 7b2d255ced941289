package io.kqueueserver.server.h2;

import io.kqueueserver.net.Connection;
import io.kqueueserver.net.FileInput;
import io.kqueueserver.net.FileOpening;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Part of a file on its way to DATA frames. The file worker reads a piece at a time. The first
 * piece is read at once, so that a file that cannot be read fails before the head is sent. The
 * loop's thread only.
 */
final class StreamFile extends StreamQueue.Part implements FileOpening {
  private final Http2Stream stream;
  private final FileInput input;

  /** The callback of the outcome; null once it was called, or if there is none. */
  private @Nullable Outcome outcome;

  private @Nullable ByteBuffer piece;
  private final long pieceBytes;
  private long remaining;
  private boolean queued;
  private boolean closed;

  /**
   * Begins to read the file in the background.
   *
   * @param count more than 0
   * @param done runs once, when the file is no longer needed
   * @param outcome notified when the first piece was read; null if the file is written at once
   */
  StreamFile(
      Http2Stream stream,
      Path path,
      long position,
      long count,
      @Nullable Runnable done,
      @Nullable Outcome outcome) {
    this.stream = stream;
    this.outcome = outcome;
    this.remaining = count;
    Http2Context context = stream.context();
    this.input =
        new FileInput(
            path,
            position,
            count,
            context.fileWorker,
            context.fileOpener,
            context.loop,
            () -> stream.guarded(this::arrived),
            done);
    this.pieceBytes = input.pieceBytes();
    advance();
  }

  private void arrived() {
    if (closed) {
      return;
    }
    IOException failure = advance();
    Outcome waiting = outcome;
    outcome = null;
    if (failure != null) {
      close();
      if (waiting == null) {
        stream.fileFailed(failure);
      } else {
        waiting.failed(failure);
      }
    } else if (waiting != null) {
      waiting.opened();
    } else if (queued) {
      stream.bytesCame();
    }
  }

  /** Takes the next piece, or begins to read it. */
  private @Nullable IOException advance() {
    try {
      piece = input.next();
      return null;
    } catch (IOException e) {
      return e;
    }
  }

  @Override
  public void write() {
    queued = true;
    stream.write(this);
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      piece = null;
      input.close();
    }
  }

  @Override
  long remaining() {
    return remaining;
  }

  @Override
  long held() {
    return remaining == 0 ? 0 : pieceBytes;
  }

  @Override
  int available() {
    ByteBuffer read = piece;
    return read == null ? 0 : read.remaining();
  }

  @Override
  void write(Connection connection, int count, List<Runnable> after) {
    ByteBuffer read = piece;
    if (read == null) {
      throw new IllegalStateException("no piece of the file was read");
    }
    remaining -= count;
    connection.write(
        read.slice(read.position(), count), null); // copied, because the buffer is reused
    read.position(read.position() + count);
    if (remaining == 0) {
      after.add(this::close);
    } else if (!read.hasRemaining()) {
      piece = null;
      IOException failure = advance();
      if (failure != null) {
        after.add(() -> stream.fileFailed(failure));
      }
    }
  }

  @Override
  void drop(Connection connection) {
    close();
  }
}
