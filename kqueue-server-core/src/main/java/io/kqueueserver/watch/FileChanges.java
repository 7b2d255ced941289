package io.kqueueserver.watch;

import java.nio.file.Path;
import java.util.List;

/**
 * The changes of one callback, with each path at most once.
 *
 * @param watched the watched path, as it was given
 * @param list the changes; empty on overflow
 * @param overflow whether more changes came than are kept for a slow listener, which must then read
 *     all files again
 */
public record FileChanges(Path watched, List<FileChange> list, boolean overflow) {
  public FileChanges {
    list = List.copyOf(list);
  }
}
