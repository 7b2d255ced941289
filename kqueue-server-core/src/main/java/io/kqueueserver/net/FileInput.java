package io.kqueueserver.net;

import io.kqueueserver.loop.EventLoop;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Part of a file, which the file worker reads one piece ahead or opens for sendfile(2). Every file
 * that is sent is read by this class, and opened by it or as an {@link OpenDescriptor}. The loop's
 * thread only. A job on the worker owns the channel and the buffer until its result has arrived.
 */
public final class FileInput {
  private static final int PIECE_BYTES = 64 * 1024;
  private static final int NO_FD = OpenDescriptor.TAKEN;

  private final Path path;
  private final FileWorker worker;
  private final FileOpener opener;
  private final EventLoop loop;
  private final Runnable whenReady;
  private final @Nullable Runnable done;
  private final int pieceBytes;

  private long position;
  private long remaining;
  private int fd = NO_FD;
  private @Nullable FileChannel channel;
  private @Nullable ByteBuffer piece;
  private boolean ready;

  /** Whether a job is under way. */
  private boolean reading;

  private boolean closed;
  private @Nullable IOException failure;

  /**
   * Makes the input of a part of a file.
   *
   * @param whenReady runs on the loop when {@link #next} has bytes, or a failure
   * @param done runs once, when the file is no longer needed
   */
  public FileInput(
      Path path,
      long position,
      long count,
      FileWorker worker,
      FileOpener opener,
      EventLoop loop,
      Runnable whenReady,
      @Nullable Runnable done) {
    this(path, position, count, PIECE_BYTES, worker, opener, loop, whenReady, done);
  }

  FileInput(
      Path path,
      long position,
      long count,
      int pieceBytes,
      FileWorker worker,
      FileOpener opener,
      EventLoop loop,
      Runnable whenReady,
      @Nullable Runnable done) {
    this.path = path;
    this.position = position;
    this.remaining = count;
    this.worker = worker;
    this.opener = opener;
    this.loop = loop;
    this.whenReady = whenReady;
    this.done = done;
    this.pieceBytes = pieceBytes;
  }

  /** The size of the buffer that the file is read into. */
  public long pieceBytes() {
    return Math.min(remaining, pieceBytes);
  }

  public boolean isAtEnd() {
    return remaining == 0 && !ready;
  }

  /**
   * The bytes of the next piece, which must be consumed before the next call. Null if the piece is
   * still being read.
   */
  public @Nullable ByteBuffer next() throws IOException {
    if (failure != null) {
      throw failure;
    }
    ByteBuffer read = poll();
    if (read == null) {
      readAhead();
    }
    return read;
  }

  /** As {@link #next}, but begins no read and throws nothing; see {@link #failure}. */
  @Nullable ByteBuffer poll() {
    if (!ready) {
      return null;
    }
    ready = false;
    return piece;
  }

  /** Begins to read the next piece, unless a piece is ready or being read. */
  void readAhead() {
    if (failure == null && !closed && !ready && !reading && remaining > 0) {
      read();
    }
  }

  /** The failure of the file, or null. */
  @Nullable IOException failure() {
    return failure;
  }

  private void read() {
    ByteBuffer into = piece != null ? piece : ByteBuffer.allocate((int) pieceBytes());
    into.clear().limit((int) Math.min(remaining, into.capacity()));
    FileChannel open = channel;
    long from = position;
    submit(() -> job(open, into, from));
  }

  private void submit(Runnable job) {
    if (worker.submit(job)) {
      reading = true; // behind the call, which may throw: nobody would close the file then
    } else {
      failure = FileOpenException.noWorker(path);
      loop.nextTurn(this::notifyReady);
    }
  }

  private void notifyReady() {
    if (!closed) {
      whenReady.run();
    }
  }

  /** Reads a piece, on the worker's thread. */
  private void job(@Nullable FileChannel open, ByteBuffer into, long from) {
    FileChannel source = open;
    IOException trouble = null;
    try {
      source = source == null ? opener.open(path) : source;
      for (long at = from; into.hasRemaining(); at = from + into.position()) {
        if (source.read(into, at) < 0) {
          throw new IOException(path + " ended at " + at + ", before what was to be sent of it");
        }
      }
      into.flip();
    } catch (Throwable e) { // Errors too must reach the loop, or the response waits for ever
      trouble = e instanceof IOException io ? io : new IOException(e);
    }
    FileChannel used = source;
    IOException failed = trouble;
    if (!loop.execute(() -> arrived(used, into, failed))) {
      close(used);
    }
  }

  private void arrived(@Nullable FileChannel used, ByteBuffer into, @Nullable IOException failed) {
    reading = false;
    channel = used;
    if (closed) {
      close(used);
      return;
    }
    failure = failed;
    piece = into;
    if (failed == null) {
      position += into.remaining();
      remaining -= into.remaining();
      ready = true;
    }
    whenReady.run();
  }

  // ---- for sendfile

  /** Takes the descriptor of the file, if it was opened before and not taken by another. */
  boolean take(@Nullable OpenDescriptor opened) {
    fd = opened == null ? NO_FD : opened.take();
    return hasDescriptor();
  }

  /**
   * Opens the file for sendfile(2) and requests its first bytes from the disk. A path that is not
   * of the system's own file system is read instead.
   */
  void openDescriptor(long ahead) {
    if (path.getFileSystem() != FileSystems.getDefault()) {
      readAhead();
      return;
    }
    long from = position;
    long count = Math.min(remaining, ahead);
    submit(() -> openJob(from, count));
  }

  /** Opens the file, on the worker's thread. */
  private void openJob(long from, long count) {
    int opened = NO_FD;
    IOException trouble = null;
    try {
      opened = opener.openDescriptor(path, from, count);
    } catch (Throwable e) { // without a free descriptor a class may fail to load, too
      trouble = e instanceof IOException io ? io : new IOException(e);
    }
    int got = opened;
    IOException failed = trouble;
    if (!loop.execute(() -> opened(got, failed))) {
      opener.closeDescriptor(got);
    }
  }

  private void opened(int descriptor, @Nullable IOException failed) {
    reading = false;
    if (closed) {
      opener.closeDescriptor(descriptor);
      return;
    }
    fd = descriptor;
    failure = failed;
    whenReady.run();
  }

  boolean hasDescriptor() {
    return fd != NO_FD;
  }

  int descriptor() {
    return fd;
  }

  /** The position of the first byte that was neither read nor skipped. */
  long position() {
    return position;
  }

  /** Skips bytes that were sent without being read. */
  void skip(long bytes) {
    position += bytes;
    remaining -= bytes;
  }

  /** Closes the descriptor for sendfile; the file is read from now on. */
  void closeDescriptor() {
    opener.closeDescriptor(fd);
    fd = NO_FD;
  }

  // ---- the end

  /** Closes the file. Safe to call again. */
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    piece = null;
    closeDescriptor();
    if (!reading) {
      close(channel);
    }
    if (done != null) {
      done.run();
    }
  }

  private static void close(@Nullable FileChannel open) {
    if (open != null) {
      try {
        open.close();
      } catch (IOException e) {
        // The channel is read only: a failed close loses nothing.
      }
    }
  }
}
