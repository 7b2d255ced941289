package io.kqueueserver.net;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The descriptor of a file that a thread which may block has opened for sendfile(2), before the
 * loop needs it. It spares the loop and {@link FileWorker} two hand-overs. The descriptor belongs
 * to whoever takes it first: the connection that sends it, or {@link #close}, which must be called
 * in any case. Any thread.
 */
public final class OpenDescriptor {
  static final int TAKEN = -1;

  private final FileOpener opener;
  private final AtomicInteger fd;

  private OpenDescriptor(FileOpener opener, int fd) {
    this.opener = opener;
    this.fd = new AtomicInteger(fd);
  }

  /**
   * Opens the file, and requests its first pages. Null if it cannot be opened, for whatever reason:
   * another attempt by the connection reports that.
   */
  static @Nullable OpenDescriptor open(
      LoopResources resources, Path path, long position, long count) {
    if (path.getFileSystem() != FileSystems.getDefault()) {
      return null;
    }
    FileOpener opener = new FileOpener(resources.sockets());
    long ahead = Math.min(count, FileSegment.AHEAD_BYTES);
    int fd;
    try {
      fd = opener.openDescriptor(path, position, ahead);
    } catch (IOException | RuntimeException | Error e) { // as FileInput: classes may not load, too
      return null;
    }
    try {
      return new OpenDescriptor(opener, fd);
    } catch (Throwable e) { // there may be no memory for it
      opener.closeDescriptor(fd);
      throw e;
    }
  }

  /** The descriptor, which is the caller's from now on; negative if it was taken before. */
  int take() {
    return fd.getAndSet(TAKEN);
  }

  /** Closes the file, unless a connection has taken it. Safe to call again. */
  public void close() {
    opener.closeDescriptor(take());
  }
}
