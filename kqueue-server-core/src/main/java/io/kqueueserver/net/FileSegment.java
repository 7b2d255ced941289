package io.kqueueserver.net;

import io.kqueueserver.ffi.NativeBuffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Part of a file among the unsent bytes of a connection. The bytes leave by sendfile(2) in turns of
 * at most 1 MiB, and the pages of the next turns are requested ahead. If transport, system or file
 * system has no sendfile, a {@link FileInput} reads the bytes in pieces. The loop's thread only.
 */
final class FileSegment implements Segment {
  /** 1 MiB: most bytes of one sendfile, which blocks the loop for pages that are not in memory. */
  private static final int TURN_BYTES = 1024 * 1024;

  /** 2 MiB: how far ahead pages are requested. */
  static final int AHEAD_BYTES = 2 * TURN_BYTES;

  private static final int PIECE_BYTES = 128 * 1024;

  private final LoopResources resources;
  private final FileInput input;
  private long remaining;

  /** Number of the next bytes whose pages were requested. */
  private long requested;

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

  /** Opens the file in the background, unless it is open. */
  void open(boolean sendfile, @Nullable OpenDescriptor opened) {
    if (sendfile) {
      requested = AHEAD_BYTES;
      if (!input.take(opened)) {
        input.openDescriptor(AHEAD_BYTES);
      }
    } else {
      input.readAhead();
    }
  }

  @Override
  public long remaining() {
    return remaining;
  }

  /** Whether the file is open for sendfile. */
  boolean isOpen() {
    return input.hasDescriptor();
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

  /** Whether the next bytes leave by sendfile, so that bytes in front can go along. */
  boolean takesHead() {
    return input.hasDescriptor() && input.failure() == null;
  }

  /**
   * As {@link #transferTo}, with bytes of the buffer in front. Returns the count of both.
   *
   * @param at index of the first of those bytes
   */
  long transferBehind(Transport transport, NativeBuffer head, int at, int length) {
    long count = Math.min(remaining, TURN_BYTES);
    long n = transport.sendfile(head, at, length, input.descriptor(), input.position(), count);
    if (n > length) {
      sent(n - length);
      remaining -= n - length;
    }
    return n;
  }

  private long sendfile(Transport transport) {
    int fd = input.descriptor();
    long n = transport.sendfile(fd, input.position(), Math.min(remaining, TURN_BYTES));
    if (n > 0) {
      sent(n);
    }
    if (Transport.isError(n) && resources.sockets().isUnsupported((int) n)) {
      // Some file systems do not support sendfile (EINVAL, ENOTSUP): read the file instead.
      input.closeDescriptor();
      input.readAhead();
      return 0;
    }
    return n;
  }

  /** Counts bytes that have left by sendfile, and requests those of the next turns. */
  private void sent(long n) {
    resources.loop().stats().sendfileBytes += n;
    input.skip(n);
    requested -= n;
    if (requested < TURN_BYTES && requested < remaining - n) {
      requested = AHEAD_BYTES;
      long ahead = Math.min(remaining - n, AHEAD_BYTES);
      resources.sockets().readAhead(input.descriptor(), input.position(), ahead);
    }
  }

  /** Number of the next bytes that were read into memory. */
  int inMemory() {
    if (input.hasDescriptor() || nextCount() == 0 || input.failure() != null) {
      return 0;
    }
    return piece == null ? 0 : piece.remaining();
  }

  /** Moves bytes that are {@link #inMemory} to another buffer. */
  void moveTo(ByteBuffer into, int at, int count) {
    ByteBuffer from = Objects.requireNonNull(piece, "inMemory() counts none");
    into.put(at, from, from.position(), count);
    remaining -= count;
    consumed(from, count);
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
      consumed(from, (int) sent);
    }
    return sent;
  }

  private void consumed(ByteBuffer from, int count) {
    from.position(from.position() + count);
    if (!from.hasRemaining()) {
      piece = null;
      input.readAhead();
    }
  }

  @Override
  public void release() {
    piece = null;
    input.close();
  }
}
