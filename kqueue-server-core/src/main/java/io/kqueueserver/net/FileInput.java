package io.kqueueserver.net;

import io.kqueueserver.loop.EventLoop;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Part of a file: read a piece ahead by the file worker, or opened by it for sendfile(2). Every
 * file that is sent goes through here. The loop's thread only; a job has the channel and the buffer
 * to itself until its answer comes.
 */
public final class FileInput {
  private static final int PIECE_BYTES = 64 * 1024;
  private static final int NO_FD = -1;

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

  /** A job is on its way. */
  private boolean reading;

  private boolean closed;
  private @Nullable IOException failure;

  /**
   * Part of a file.
   *
   * @param whenReady runs on the loop when {@link #next} has something to say
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

  /** The size of the one buffer it is read into. */
  public long pieceBytes() {
    return Math.min(remaining, pieceBytes);
  }

  public boolean isAtEnd() {
    return remaining == 0 && !ready;
  }

  /**
   * The bytes that were read, to be consumed before the next call; null if they are still on their
   * way.
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

  /** As {@link #next}, but begins no read, and a failure is to be asked for. */
  @Nullable ByteBuffer poll() {
    if (!ready) {
      return null;
    }
    ready = false;
    return piece;
  }

  /** Begins to read the next piece, unless there is one, or one is on its way. */
  void readAhead() {
    if (failure == null && !closed && !ready && !reading && remaining > 0) {
      read();
    }
  }

  /** What went wrong with the file, or null. */
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
    reading = true;
    if (!worker.submit(job)) {
      reading = false;
      failure = FileOpenException.noWorker(path);
      loop.nextTurn(this::tell);
    }
  }

  private void tell() {
    if (!closed) {
      whenReady.run();
    }
  }

  /** On the worker's thread. */
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
    } catch (Throwable e) { // an Error, too, must come back, or the response waits for ever
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

  /**
   * Opens the file for sendfile(2), with so many bytes asked for ahead; where a path is not of the
   * system's own file system, reads instead.
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

  /** On the worker's thread. */
  private void openJob(long from, long count) {
    int opened = NO_FD;
    IOException trouble = null;
    try {
      opened = opener.openDescriptor(path, from, count);
    } catch (Throwable e) { // a class may be missing, too, where no descriptor is left
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

  /** The first byte that was neither read nor skipped. */
  long position() {
    return position;
  }

  /** So many bytes were sent without being read. */
  void skip(long bytes) {
    position += bytes;
    remaining -= bytes;
  }

  /** Reading takes the place of sendfile. */
  void closeDescriptor() {
    opener.closeDescriptor(fd);
    fd = NO_FD;
  }

  // ---- the end

  /** Gives the file back; safe to call again. */
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
        // Read only: nothing can be lost.
      }
    }
  }
}
