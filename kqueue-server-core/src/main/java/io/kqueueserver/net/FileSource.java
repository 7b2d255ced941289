package io.kqueueserver.net;

import io.kqueueserver.loop.EventLoop;
import io.kqueueserver.socket.Sockets;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Part of a file on its way to a socket. Opened by the file worker; then sent by sendfile(2) in
 * turns of at most 256 KiB with the next turn's pages asked for ahead, or, where the system has no
 * sendfile or the path is not of the default file system, read by the worker one chunk at a time.
 * Lives on one loop's thread except for the worker's jobs, which touch only what they are given.
 */
final class FileSource {
  /**
   * sendfile blocks the loop for pages that are not in memory: never for more than this in one
   * call.
   */
  private static final int TURN_BYTES = 256 * 1024;

  private static final int CHUNK_BYTES = 128 * 1024;
  private static final int NO_FD = -1;

  /** What the worker does; what it throws is the failure of this source. */
  @FunctionalInterface
  private interface Job {
    void run() throws IOException;
  }

  private final Path path;
  private final FileWorker worker;
  private final EventLoop loop;
  private final Sockets sockets;
  private Runnable whenReady = () -> {};
  private final Consumer<Runnable> guard;
  private final @Nullable Runnable done;

  private long position;
  private long remaining;
  private int fd = NO_FD;
  private @Nullable FileChannel channel;
  private @Nullable ByteBuffer chunk;
  private @Nullable IOException failure;
  private boolean closed;

  FileSource(
      Path path,
      long position,
      long count,
      FileWorker worker,
      EventLoop loop,
      Sockets sockets,
      Consumer<Runnable> guard,
      @Nullable Runnable done) {
    this.path = path;
    this.position = position;
    this.remaining = count;
    this.worker = worker;
    this.loop = loop;
    this.sockets = sockets;
    this.guard = guard;
    this.done = done;
  }

  /** Part of a file for one connection. */
  static FileSource of(
      Connection connection, Path path, long position, long count, @Nullable Runnable done) {
    LoopResources resources = connection.resources();
    return new FileSource(
        path,
        position,
        count,
        resources.fileWorker(),
        resources.loop(),
        resources.sockets(),
        connection::guarded,
        done);
  }

  /** Sets what runs, from now on, when bytes can be had or never will. */
  void whenReady(Runnable action) {
    whenReady = action;
  }

  /** Opens the file in the background. */
  void open(boolean sendfile) {
    if (sendfile && path.getFileSystem() == FileSystems.getDefault()) {
      String name = path.toString();
      submit(
          () -> {
            int opened = sockets.openForRead(name);
            try {
              if (opened >= 0) {
                sockets.readAhead(opened, position, Math.min(remaining, 2L * TURN_BYTES));
              }
              deliver(() -> fdOpened(opened), () -> closeFd(opened));
            } catch (Throwable e) {
              closeFd(opened);
              throw e;
            }
          });
    } else {
      openChannel();
    }
  }

  long remaining() {
    return remaining;
  }

  /** What of it was read into memory. */
  int heldBytes() {
    ByteBuffer read = chunk;
    return read == null ? 0 : read.capacity();
  }

  /** How many bytes the next {@link #transferTo} will try; 0 while the disk is at work. */
  long nextCount() {
    if (failure != null) {
      return 1; // to be told by transferTo
    }
    if (fd != NO_FD) {
      return Math.min(remaining, TURN_BYTES);
    }
    return chunk == null ? 0 : chunk.remaining();
  }

  /**
   * Sends what {@link #nextCount} announced, or less; {@link Transport#END} if the file failed us.
   */
  long transferTo(Transport transport, Staging staging) {
    if (failure != null) {
      return Transport.END;
    }
    long n = fd != NO_FD ? sendfile(transport) : writeChunk(transport, staging);
    if (n > 0) {
      position += n;
      remaining -= n;
    }
    return n;
  }

  private long sendfile(Transport transport) {
    long n = transport.sendfile(fd, position, Math.min(remaining, TURN_BYTES));
    if (n > 0) {
      loop.stats().sendfileBytes += n;
    }
    if (n > 0 && remaining - n > 0) {
      sockets.readAhead(fd, position + n, Math.min(remaining - n, 2L * TURN_BYTES));
    }
    if (Transport.isError(n) && sockets.isUnsupported((int) n)) {
      // Some file systems cannot feed sendfile (EINVAL, ENOTSUP): read them instead.
      closeFd(fd);
      fd = NO_FD;
      openChannel();
      return 0;
    }
    return n;
  }

  private long writeChunk(Transport transport, Staging staging) {
    ByteBuffer from = chunk;
    if (from == null) {
      return 0;
    }
    int n = Math.min(from.remaining(), staging.capacity());
    staging.buffer.bytes().put(0, from, from.position(), n);
    long sent = transport.write(staging.buffer, n);
    if (sent > 0) {
      from.position(from.position() + (int) sent);
      if (!from.hasRemaining()) {
        chunk = null;
        if (remaining - sent > 0) {
          readChunk(position + sent, remaining - sent);
        }
      }
    }
    return sent;
  }

  private void openChannel() {
    submit(
        () -> {
          FileChannel opened = new FileOpener(sockets).open(path);
          deliver(() -> channelOpened(opened), () -> closeChannel(opened));
        });
  }

  private void readChunk(long from, long count) {
    FileChannel source = channel;
    if (source == null) {
      return;
    }
    int size = (int) Math.min(count, CHUNK_BYTES);
    submit(
        () -> {
          ByteBuffer read = ByteBuffer.allocate(size);
          long at = from;
          while (read.hasRemaining()) {
            int n = source.read(read, at);
            if (n < 0) {
              throw new IOException(path + " ended " + count + " bytes early");
            }
            at += n;
          }
          read.flip();
          deliver(() -> chunkRead(read), () -> {});
        });
  }

  private void fdOpened(int opened) {
    if (closed) {
      closeFd(opened);
    } else if (opened < 0) {
      failed(FileOpenException.of(path, opened, sockets, null));
    } else {
      fd = opened;
      whenReady.run();
    }
  }

  private void channelOpened(FileChannel opened) {
    if (closed) {
      closeChannel(opened);
    } else {
      channel = opened;
      readChunk(position, remaining);
    }
  }

  private void chunkRead(ByteBuffer read) {
    if (closed) {
      closeChannel(channel);
      channel = null;
    } else {
      chunk = read;
      whenReady.run();
    }
  }

  private void failed(IOException cause) {
    if (!closed) {
      failure = cause;
      whenReady.run();
    }
  }

  private void fail(Throwable e) {
    IOException cause = e instanceof IOException io ? io : new IOException(e);
    deliver(() -> failed(cause), () -> {});
  }

  private void submit(Job job) {
    if (!worker.submit(() -> run(job))) {
      loop.nextTurn(() -> guard.accept(() -> failed(FileOpenException.noWorker(path))));
    }
  }

  private void run(Job job) {
    try {
      job.run();
    } catch (Throwable e) { // a class may be missing, too, where no descriptor is left
      fail(e);
    }
  }

  private void deliver(Runnable onLoop, Runnable instead) {
    if (!loop.execute(() -> guard.accept(onLoop))) {
      instead.run();
    }
  }

  /** What went wrong with the file, or null. */
  @Nullable IOException failure() {
    return failure;
  }

  /** Gives the file back; runs {@code done}. */
  void close() {
    if (closed) {
      return;
    }
    closed = true;
    closeFd(fd);
    fd = NO_FD;
    closeChannel(channel);
    channel = null;
    chunk = null;
    if (done != null) {
      done.run();
    }
  }

  private void closeFd(int opened) {
    if (opened >= 0) {
      sockets.close(opened);
    }
  }

  private static void closeChannel(@Nullable FileChannel opened) {
    if (opened != null) {
      try {
        opened.close();
      } catch (IOException e) {
        // Read only: nothing can be lost.
      }
    }
  }
}
