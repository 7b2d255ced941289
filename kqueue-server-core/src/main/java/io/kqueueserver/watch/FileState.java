package io.kqueueserver.watch;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The state of a file at one look.
 *
 * @param key device and inode, which no other file has while this file is open
 * @param size in bytes; 0 for all but regular files
 */
record FileState(
    Object key, Type type, long size, FileTime modified, Set<PosixFilePermission> permissions) {
  enum Type {
    FILE,
    DIRECTORY,
    LINK,
    /** A FIFO, socket or device. Never opened, because an open may block or have an effect. */
    OTHER
  }

  /** Looks at a path without following a link. Returns null if no file is there. */
  static @Nullable FileState of(Path path) throws IOException {
    PosixFileAttributes read;
    try {
      read = Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    } catch (NoSuchFileException e) {
      return null;
    } catch (FileSystemException e) {
      // ENOTDIR, which the JDK does not distinguish: the parent is no longer a directory.
      if (!(e instanceof AccessDeniedException) && hasNoDirectory(path)) {
        return null;
      }
      throw e;
    }
    Type type =
        read.isRegularFile()
            ? Type.FILE
            : read.isDirectory() ? Type.DIRECTORY : read.isSymbolicLink() ? Type.LINK : Type.OTHER;
    // Size and time of a directory change with its entries, which are reported one by one.
    boolean content = type == Type.FILE;
    return new FileState(
        read.fileKey(),
        type,
        content ? read.size() : 0,
        content ? read.lastModifiedTime() : FileTime.fromMillis(0),
        read.permissions());
  }

  private static boolean hasNoDirectory(Path path) {
    Path parent = path.getParent();
    return parent != null && Files.isRegularFile(parent, LinkOption.NOFOLLOW_LINKS);
  }

  boolean isSameFileAs(@Nullable FileState other) {
    return other != null && key.equals(other.key) && type == other.type;
  }
}
