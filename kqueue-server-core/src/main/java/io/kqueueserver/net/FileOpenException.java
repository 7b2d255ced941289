package io.kqueueserver.net;

import io.kqueueserver.socket.Sockets;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Thrown if the file of a response cannot be opened. The message names path and errno. */
public final class FileOpenException extends IOException {
  private static final long serialVersionUID = 1L;

  /** The meaning of the failure for the client. */
  public enum Kind {
    /** No such file. */
    MISSING,
    /** The process may not read the file. */
    FORBIDDEN,
    /** The process or the system lacks descriptors, memory or workers for the moment. */
    EXHAUSTED,
    OTHER
  }

  private final Kind kind;

  FileOpenException(Kind kind, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  /** Failure of open(2). */
  static FileOpenException of(Path path, int negErrno, Sockets sockets, @Nullable Throwable cause) {
    Kind kind =
        switch (sockets.errnoName(negErrno)) {
          case "ENOENT", "ENOTDIR", "ENAMETOOLONG", "ELOOP" -> Kind.MISSING;
          case "EACCES", "EPERM" -> Kind.FORBIDDEN;
          case "EMFILE", "ENFILE", "ENOMEM" -> Kind.EXHAUSTED;
          default -> Kind.OTHER;
        };
    return new FileOpenException(kind, "open(" + path + "): " + sockets.errnoText(negErrno), cause);
  }

  /** The failure of a file that does not exist. */
  public static FileOpenException missing(Path path) {
    return new FileOpenException(Kind.MISSING, "open(" + path + "): no such file", null);
  }

  /** The failure of a file worker that has no room for another job. */
  public static FileOpenException noWorker(Path path) {
    return new FileOpenException(
        Kind.EXHAUSTED, "open(" + path + "): the file worker takes no more jobs", null);
  }

  public Kind kind() {
    return kind;
  }
}
