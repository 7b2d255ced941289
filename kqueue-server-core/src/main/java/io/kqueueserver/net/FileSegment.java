package io.kqueueserver.net;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Part of a file among the unsent bytes of a connection. The bytes leave by sendfile(2) in turns of
 * at most 256 KiB, and the next turn's pages are requested ahead. If transport, system or file
 * system has no sendfile, a {@link FileInput} reads the bytes in pieces. The loop's thread only.
 */
final class FileSegment implements Segment {
  /**
   * 256 KiB: most bytes of one sendfile, which blocks the loop for pages that are not in memory.
   */
  private static final int TURN_BYTES = 256 * 1024;

  private static final int PIECE_BYTES = 128 * 1024;

  private final LoopResources resources;
  private final FileInput input;
  private long remaining;
  private @Nullable ByteBuffer piece;
  private Runnable whenReady = () -> {};

  /**
   * Makes the segment of a file that is not open yet.
   *
   * @param done runs once, when the file is no longer needed
   */
  FileSegment(
      Connection connection, Path path, long position, long count, @Nullable Runnable done) {
    resources = connection.resources();
    remaining = count;
    input =
        new FileInput(
            path,
            position,
            count,
            PIECE_BYTES,
            resources.fileWorker(),
            new FileOpener(resources.sockets()),
            resources.loop(),
            () -> connection.guarded(whenReady),
            done);
  }

  /** Sets the action that runs when bytes have become ready, or the file has failed. */
  void whenReady(Runnable action) {
    whenReady = action;
  }

  /** Opens the file in the background. */
  void open(boolean sendfile) {
    if (sendfile) {
      input.openDescriptor(2L * TURN_BYTES);
    } else {
      input.readAhead();
    }
  }

  @Override
  public long remaining() {
    return remaining;
  }

  /** Number of bytes that were read into memory. */
  int heldBytes() {
    ByteBuffer read = piece;
    return read == null ? 0 : read.capacity();
  }

  /** The failure of the file, or null. */
  @Nullable IOException failure() {
    return input.failure();
  }

  /** How many bytes the next {@link #transferTo} tries; 0 while a piece is being read. */
  long nextCount() {
    if (input.hasDescriptor()) {
      return Math.min(remaining, TURN_BYTES);
    }
    if (piece == null && input.failure() == null) {
      piece = input.poll();
    }
    if (input.failure() != null) {
      return 1; // transferTo reports it
    }
    return piece == null ? 0 : piece.remaining();
  }

  /**
   * Sends the bytes that {@link #nextCount} has announced, or fewer. Returns {@link Transport#END}
   * if the file could not be read.
   */
  long transferTo(Transport transport, Staging staging) {
    if (input.failure() != null) {
      return Transport.END;
    }
    long n = input.hasDescriptor() ? sendfile(transport) : writePiece(transport, staging);
    if (n > 0) {
      remaining -= n;
    }
    return n;
  }

  private long sendfile(Transport transport) {
    int fd = input.descriptor();
    long position = input.position();
    long n = transport.sendfile(fd, position, Math.min(remaining, TURN_BYTES));
    if (n > 0) {
      resources.loop().stats().sendfileBytes += n;
      input.skip(n);
      if (remaining - n > 0) {
        long ahead = Math.min(remaining - n, 2L * TURN_BYTES);
        resources.sockets().readAhead(fd, position + n, ahead);
      }
    }
    if (Transport.isError(n) && resources.sockets().isUnsupported((int) n)) {
      // Some file systems do not support sendfile (EINVAL, ENOTSUP): read the file instead.
      input.closeDescriptor();
      input.readAhead();
      return 0;
    }
    return n;
  }

  private long writePiece(Transport transport, Staging staging) {
    ByteBuffer from = piece;
    if (from == null) {
      return 0;
    }
    int n = Math.min(from.remaining(), staging.capacity());
    staging.buffer.bytes().put(0, from, from.position(), n);
    long sent = transport.write(staging.buffer, 0, n);
    if (sent > 0) {
      from.position(from.position() + (int) sent);
      if (!from.hasRemaining()) {
        piece = null;
        input.readAhead();
      }
    }
    return sent;
  }

  @Override
  public void release() {
    piece = null;
    input.close();
  }
}
