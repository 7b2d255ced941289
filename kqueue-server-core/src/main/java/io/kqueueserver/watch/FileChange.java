package io.kqueueserver.watch;

import java.nio.file.Path;

/**
 * The change of one path since its last report.
 *
 * @param path the watched path, or the path of an entry, which begins with the watched path as
 *     given
 */
public record FileChange(Path path, Kind kind) {
  /** The difference between before and after, without the steps in between. */
  public enum Kind {
    /** A file is at the path, and none was before. */
    CREATED,
    /** The same file was written. */
    MODIFIED,
    /** Another file is at the path. Most editors save so, as do deployments by symbolic links. */
    REPLACED,
    /** No file is at the path, and one was before. */
    DELETED,
    /** Permissions or other attributes of the same file changed, and nothing else. */
    ATTRIBUTES
  }
}
