package io.kqueueserver.watch;

import io.kqueueserver.ffi.NativeException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A path cannot be watched. Says which call failed, on what, why, and what to do. */
public final class WatchException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private static final Map<String, String> REMEDIES =
      Map.of(
          "EMFILE",
          "too many open files in this process; raise its limit (ulimit -n) or watch fewer files",
          "ENFILE",
          "too many open files in the system; raise the kernel's limit or watch fewer files",
          "ENOSPC",
          "this user has no inotify watch left; raise fs.inotify.max_user_watches",
          "ENOMEM",
          "out of kernel memory; watch fewer files",
          "EACCES",
          "permission denied; let this process read it, and search the directories above it",
          "EPERM",
          "operation not permitted; let this process read it",
          "ENOENT",
          "no such file; create it, or use watch(), which waits for it",
          "ELOOP",
          "too many symbolic links, or links in a circle; mend them");

  private final String path;
  private final String reason;

  private WatchException(String message, Path path, String reason, @Nullable Throwable cause) {
    super(message, cause);
    this.path = path.toString();
    this.reason = reason;
  }

  /** A call failed with an error number of that name. */
  static WatchException call(String call, Path path, String errno, @Nullable Throwable cause) {
    String remedy = REMEDIES.get(errno);
    String message = call + "(" + path + "): " + errno + (remedy == null ? "" : " - " + remedy);
    return new WatchException(message, path, errno, cause);
  }

  /** The event queue refused. On EMFILE it is inotify's own limit, or this process's. */
  static WatchException refused(Path path, NativeException cause) {
    if (cause.errnoName().equals("EMFILE")) {
      return new WatchException(
          cause.call()
              + "("
              + path
              + "): EMFILE - too many open files in this process, or inotify instances of this user;"
              + " raise ulimit -n, or fs.inotify.max_user_instances",
          path,
          "EMFILE",
          cause);
    }
    return call(cause.call(), path, cause.errnoName(), cause);
  }

  /** One of the watcher's own limits, by the name of its option. */
  static WatchException limit(Path path, String option, int limit) {
    String message =
        path
            + " cannot be watched: "
            + option
            + " "
            + limit
            + " is reached; raise it or watch less";
    return new WatchException(message, path, option, null);
  }

  static WatchException because(Path path, String why, @Nullable Throwable cause) {
    return new WatchException(path + " cannot be watched: " + why, path, "", cause);
  }

  /** The path it is about. */
  public String path() {
    return path;
  }

  /**
   * The portable thing to compare: an errno such as {@code EMFILE}, the option of a limit such as
   * {@code max-entries}, or empty.
   */
  public String reason() {
    return reason;
  }
}
