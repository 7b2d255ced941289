package io.kqueueserver.net;

import io.kqueueserver.loop.EventLoop;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Part of a file that has to pass through us, read a piece ahead by the file worker. The loop's
 * thread only; a job has the channel and the buffer to itself until its answer comes.
 */
public final class FileInput {
  private static final int PIECE_BYTES = 64 * 1024;

  private final Path path;
  private final FileWorker worker;
  private final FileOpener opener;
  private final EventLoop loop;
  private final Runnable whenReady;
  private final @Nullable Runnable done;

  private long position;
  private long remaining;
  private @Nullable FileChannel channel;
  private @Nullable ByteBuffer piece;
  private boolean ready;
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
    this.path = path;
    this.position = position;
    this.remaining = count;
    this.worker = worker;
    this.opener = opener;
    this.loop = loop;
    this.whenReady = whenReady;
    this.done = done;
  }

  /** The size of the one buffer it is read into. */
  public long pieceBytes() {
    return Math.min(remaining, PIECE_BYTES);
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
    ByteBuffer read = piece;
    if (ready && read != null) {
      ready = false;
      return read;
    }
    if (!reading && remaining > 0) {
      read();
    }
    return null;
  }

  private void read() {
    reading = true;
    ByteBuffer into =
        piece != null ? piece : ByteBuffer.allocate((int) Math.min(remaining, PIECE_BYTES));
    into.clear().limit((int) Math.min(remaining, into.capacity()));
    FileChannel open = channel;
    long from = position;
    if (!worker.submit(() -> job(open, into, from))) {
      reading = false;
      failure = FileOpenException.noWorker(path);
      loop.nextTurn(whenReady);
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

  /** Gives the file back; safe to call again. */
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    piece = null;
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
