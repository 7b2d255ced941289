package io.kqueueserver.watch;

import io.kqueueserver.ffi.NativeException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Thrown if a path cannot be watched. The message names the call, the path, the reason and a
 * remedy.
 */
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

  /** The exception of a call that failed with the given errno. */
  static WatchException call(String call, Path path, String errno, @Nullable Throwable cause) {
    String remedy = REMEDIES.get(errno);
    String message = call + "(" + path + "): " + errno + (remedy == null ? "" : " - " + remedy);
    return new WatchException(message, path, errno, cause);
  }

  /** The event queue refused a file. EMFILE means a limit of inotify or of this process. */
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

  /** The exception of one of the watcher's own limits, by the name of its option. */
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

  /** The path that cannot be watched. */
  public String path() {
    return path;
  }

  /**
   * The reason as a name that is the same on all platforms: an errno such as {@code EMFILE}, the
   * option of a limit such as {@code max-entries}, or empty.
   */
  public String reason() {
    return reason;
  }
}
