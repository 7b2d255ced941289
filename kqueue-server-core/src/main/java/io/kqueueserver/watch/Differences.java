package io.kqueueserver.watch;

import static io.kqueueserver.queue.EventFlag.NOTE_ATTRIB;
import static io.kqueueserver.queue.EventFlag.NOTE_EXTEND;
import static io.kqueueserver.queue.EventFlag.NOTE_LINK;
import static io.kqueueserver.queue.EventFlag.NOTE_WRITE;

import io.kqueueserver.watch.FileChange.Kind;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/** Compares two looks at the same paths. Pure. */
final class Differences {
  private Differences() {}

  /**
   * @param notes the kernel's notes for the file at a path between the looks, as {@code NOTE_}
   *     bits; only they show a write that has changed neither size nor time (times tick slowly)
   */
  static List<FileChange> between(
      Map<Path, FileState> before, Map<Path, FileState> after, ToIntFunction<Path> notes) {
    List<FileChange> changes = new ArrayList<>();
    for (Path path : before.keySet()) {
      if (!after.containsKey(path)) {
        changes.add(new FileChange(path, Kind.DELETED));
      }
    }
    after.forEach(
        (path, now) -> {
          Kind kind = kind(before.get(path), now, notes.applyAsInt(path));
          if (kind != null) {
            changes.add(new FileChange(path, kind));
          }
        });
    return changes;
  }

  private static @Nullable Kind kind(@Nullable FileState before, FileState now, int notes) {
    if (before == null) {
      return Kind.CREATED;
    }
    if (!before.isSameFileAs(now)) {
      return Kind.REPLACED;
    }
    boolean file = now.type() == FileState.Type.FILE;
    if (before.size() != now.size()
        || !before.modified().equals(now.modified())
        || (file && (notes & (NOTE_WRITE | NOTE_EXTEND)) != 0)) {
      return Kind.MODIFIED;
    }
    // Some kernels report ATTRIB when a link is made or removed, which changes nothing of the file.
    boolean attributes = file && (notes & (NOTE_ATTRIB | NOTE_LINK)) == NOTE_ATTRIB;
    return attributes || !before.permissions().equals(now.permissions()) ? Kind.ATTRIBUTES : null;
  }

  /**
   * Merges two successive changes of the same path. Returns null if they cancel out. If the second
   * change cannot follow the first, a file was made or removed unseen in between.
   */
  static @Nullable Kind merged(Kind first, Kind second) {
    return switch (first) {
      case CREATED -> second == Kind.DELETED ? null : Kind.CREATED;
      case DELETED -> second == Kind.DELETED ? Kind.DELETED : Kind.REPLACED;
      case REPLACED -> second == Kind.DELETED ? Kind.DELETED : Kind.REPLACED;
      case MODIFIED -> second == Kind.ATTRIBUTES ? Kind.MODIFIED : second;
      case ATTRIBUTES -> second;
    };
  }
}
