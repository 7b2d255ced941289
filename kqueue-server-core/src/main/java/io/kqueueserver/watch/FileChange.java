package io.kqueueserver.watch;

import java.nio.file.Path;

/**
 * What has become of one path since its last report.
 *
 * @param path the watched path, or that of an entry of it, beginning as the watched path was given
 */
public record FileChange(Path path, Kind kind) {
  /** From before to after, whatever happened in between. */
  public enum Kind {
    /** It was not there, and is. */
    CREATED,
    /** The same file has other content, or was written. */
    MODIFIED,
    /** Another file has its name: most editors save so, and so do deployments by symbolic links. */
    REPLACED,
    /** It was there, and is not. */
    DELETED,
    /** Permissions or other attributes of the same file changed, and nothing else. */
    ATTRIBUTES
  }
}
