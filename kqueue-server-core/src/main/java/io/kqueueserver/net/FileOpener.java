package io.kqueueserver.net;

import io.kqueueserver.socket.Sockets;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystems;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Opens files, to be read by this process or sent by the kernel. Its methods block, so no loop may
 * call those that open. Any other thread: {@link FileWorker}'s, or the application's.
 */
public final class FileOpener {
  private final Sockets sockets;

  public FileOpener(Sockets sockets) {
    this.sockets = sockets;
  }

  /**
   * Opens the file for reading.
   *
   * @throws FileOpenException if it cannot be opened
   */
  public FileChannel open(Path path) throws IOException {
    try {
      return FileChannel.open(path, StandardOpenOption.READ);
    } catch (NoSuchFileException e) {
      throw failure(FileOpenException.Kind.MISSING, path, e);
    } catch (AccessDeniedException e) {
      throw failure(FileOpenException.Kind.FORBIDDEN, path, e);
    } catch (IOException e) {
      return again(path, e);
    }
  }

  /**
   * Opens the file as a descriptor, and requests its first pages from the disk.
   *
   * @throws FileOpenException if it cannot be opened
   */
  int openDescriptor(Path path, long position, long count) throws IOException {
    int opened = sockets.openForRead(path.toString());
    if (opened < 0) {
      throw FileOpenException.of(path, opened, sockets, null);
    }
    try {
      sockets.readAhead(opened, position, count);
    } catch (Throwable e) {
      sockets.close(opened);
      throw e;
    }
    return opened;
  }

  /** Closes the descriptor, if it is not negative. */
  void closeDescriptor(int opened) {
    if (opened >= 0) {
      sockets.close(opened);
    }
  }

  /** Opens the file once more by open(2) to get the errno, which Java does not report. */
  private FileChannel again(Path path, IOException first) throws IOException {
    if (path.getFileSystem() != FileSystems.getDefault()) {
      throw failure(FileOpenException.Kind.OTHER, path, first);
    }
    int opened = sockets.openForRead(path.toString());
    if (opened < 0) {
      throw FileOpenException.of(path, opened, sockets, first);
    }
    sockets.close(opened);
    return FileChannel.open(path, StandardOpenOption.READ); // the failure was temporary
  }

  private static FileOpenException failure(
      FileOpenException.Kind kind, Path path, IOException cause) {
    return new FileOpenException(kind, "open(" + path + "): " + cause, cause);
  }
}
