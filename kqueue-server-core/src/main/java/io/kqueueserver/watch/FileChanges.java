package io.kqueueserver.watch;

import java.nio.file.Path;
import java.util.List;

/**
 * The changes of one callback, each path at most once.
 *
 * @param watched the watched path, as it was given
 * @param list what changed; empty on overflow
 * @param overflow whether more changed than is kept for a slow listener: then look at everything
 */
public record FileChanges(Path watched, List<FileChange> list, boolean overflow) {
  public FileChanges {
    list = List.copyOf(list);
  }
}
