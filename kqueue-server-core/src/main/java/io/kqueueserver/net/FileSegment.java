package io.kqueueserver.net;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Part of a file among the unsent bytes of a connection. It leaves by sendfile(2) in turns of at
 * most 256 KiB with the next turn's pages asked for ahead; or, where transport, system or file
 * system cannot do that, in pieces that a {@link FileInput} reads. The loop's thread only.
 */
final class FileSegment implements Segment {
  /**
   * sendfile blocks the loop for pages that are not in memory: never for more than this in one
   * call.
   */
  private static final int TURN_BYTES = 256 * 1024;

  private static final int PIECE_BYTES = 128 * 1024;

  private final LoopResources resources;
  private final FileInput input;
  private long remaining;
  private @Nullable ByteBuffer piece;
  private Runnable whenReady = () -> {};

  /**
   * Part of a file that is not open yet.
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

  /** Sets what runs, from now on, when bytes can be had or never will. */
  void whenReady(Runnable action) {
    whenReady = action;
  }

  /** Opens the file in the background, at least one byte of it. */
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

  /** What of it was read into memory. */
  int heldBytes() {
    ByteBuffer read = piece;
    return read == null ? 0 : read.capacity();
  }

  /** What went wrong with the file, or null. */
  @Nullable IOException failure() {
    return input.failure();
  }

  /** How many bytes the next {@link #transferTo} will try; 0 while the disk is at work. */
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
   * Sends what {@link #nextCount} announced, or less; {@link Transport#END} if the file could not
   * be read.
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
      // Some file systems cannot feed sendfile (EINVAL, ENOTSUP): read them instead.
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
    long sent = transport.write(staging.buffer, n);
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
