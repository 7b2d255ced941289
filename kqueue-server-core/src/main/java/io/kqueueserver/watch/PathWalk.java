package io.kqueueserver.watch;

import static io.kqueueserver.watch.FileState.Type.DIRECTORY;
import static io.kqueueserver.watch.FileState.Type.LINK;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotLinkException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Follows a path name by name, as the kernel would, and has the directories on the way watched. A
 * directory that holds a link of the way, holds the last name, or lacks a name is watched for
 * changes of its entries. The other directories are watched for being moved or removed.
 */
final class PathWalk {
  /** 40 links, as in Linux (MAXSYMLINKS); the BSDs follow 32. path_resolution(7) */
  static final int MAX_LINKS = 40;

  /** Watches the directories on the way. */
  interface Guard {
    /**
     * Watches a directory for entries that are made, removed or renamed from now on, and for its
     * own removal.
     */
    void entriesOf(Path directory, FileState state) throws IOException;

    /**
     * Watches a directory for its renaming and removal from now on. Returns false if the directory
     * has changed already.
     */
    boolean existenceOf(Path directory, FileState state) throws IOException;

    /** A file changed during the look, so that another look is due. */
    void changedMeanwhile();
  }

  /**
   * The file that a path leads to.
   *
   * @param real the path without links, as far as it exists
   * @param state the state of the file; null if there is no file, or a circle of links
   * @param circle whether there were more links than any system follows
   */
  record Target(Path real, @Nullable FileState state, boolean circle) {}

  private final Guard guard;

  PathWalk(Guard guard) {
    this.guard = guard;
  }

  /** Follows an absolute path from the root. */
  Target follow(Path absolute) throws IOException {
    Path root = absolute.getRoot();
    return follow(root, absolute);
  }

  /** Follows the names of a path from a directory that is known to be real. */
  Target follow(Path from, Path names) throws IOException {
    Deque<Path> rest = new ArrayDeque<>();
    prepend(names, rest);
    Path at = from;
    FileState state = FileState.of(at);
    for (int links = 0; state != null && !rest.isEmpty(); ) {
      Path name = rest.pop();
      if (name.toString().equals(".")) {
        continue;
      }
      if (name.toString().equals("..")) {
        at = at.getParent() == null ? at : at.getParent(); // no link above, so this is the parent
        state = FileState.of(at);
        continue;
      }
      if (state.type() != DIRECTORY) {
        return new Target(at, null, false);
      }
      Path next = at.resolve(name);
      FileState found = FileState.of(next);
      if (found == null || found.type() != DIRECTORY || rest.isEmpty()) {
        // Watch first, then look: a change after the look is an event.
        guard.entriesOf(at, state);
        found = FileState.of(next);
      }
      if (found == null) {
        return new Target(at, null, false);
      }
      if (found.type() == LINK) {
        if (++links > MAX_LINKS) {
          return new Target(at, null, true);
        }
        Path target = readLink(next);
        if (target == null) {
          return new Target(at, null, false);
        }
        prepend(target, rest);
        if (target.isAbsolute()) {
          at = target.getRoot();
          state = FileState.of(at);
        }
        continue;
      }
      if (found.type() == DIRECTORY && !rest.isEmpty() && !guard.existenceOf(next, found)) {
        guard.changedMeanwhile();
        return new Target(at, null, false);
      }
      at = next;
      state = found;
    }
    return new Target(at, state, false);
  }

  private @Nullable Path readLink(Path link) throws IOException {
    try {
      return Files.readSymbolicLink(link);
    } catch (NoSuchFileException | NotLinkException e) {
      guard.changedMeanwhile();
      return null;
    }
  }

  private static void prepend(Path names, Deque<Path> rest) {
    for (int i = names.getNameCount() - 1; i >= 0; i--) {
      Path name = names.getName(i);
      if (!name.toString().isEmpty()) {
        rest.push(name);
      }
    }
  }
}
