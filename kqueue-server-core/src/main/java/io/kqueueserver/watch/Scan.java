package io.kqueueserver.watch;

import static io.kqueueserver.queue.EventFlag.NOTE_ATTRIB;
import static io.kqueueserver.queue.EventFlag.NOTE_DELETE;
import static io.kqueueserver.queue.EventFlag.NOTE_EXTEND;
import static io.kqueueserver.queue.EventFlag.NOTE_LINK;
import static io.kqueueserver.queue.EventFlag.NOTE_RENAME;
import static io.kqueueserver.queue.EventFlag.NOTE_REVOKE;
import static io.kqueueserver.queue.EventFlag.NOTE_WRITE;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One look at a watched path. The scan first registers every file and directory that the next
 * change may come from, and then reads their states. By this order a change is either in the states
 * or an event. Lives for one look, on the watcher's thread.
 */
final class Scan implements PathWalk.Guard {
  private static final int EXISTENCE = NOTE_DELETE | NOTE_RENAME | NOTE_REVOKE;

  /** EXTEND and LINK of a directory: moves between directories, subdirectories. kqueue(2) */
  private static final int ENTRIES = EXISTENCE | NOTE_WRITE | NOTE_EXTEND | NOTE_LINK;

  private static final int CONTENT = ENTRIES | NOTE_ATTRIB;

  /** 3: how often one scan tries a file that is replaced at each look. */
  private static final int ATTEMPTS = 3;

  /** Errors of a queue that can never watch such a file, so that the file must be polled. */
  private static final Set<String> UNSUPPORTED =
      Set.of("EOPNOTSUPP", "ENOTSUP", "EINVAL", "ENOSYS", "ENODEV", "ENOTTY");

  /** Errors of open(2) after a look: the file is gone, or was replaced, for the moment. */
  private static final Set<String> GONE =
      Set.of("ENOENT", "ENOTDIR", "ELOOP", "EMLINK", "ENXIO", "EISDIR");

  private static final Set<String> FORBIDDEN = Set.of("EACCES", "EPERM");

  /** The role of a file in a watch. */
  private enum Role {
    TARGET,
    ENTRY,
    WAY
  }

  private record Held(FileState state, @Nullable Node node) {}

  private final Nodes nodes;
  private final Path path;
  private final int maxEntries;
  private final Map<Path, FileState> before;
  private final PathWalk walk = new PathWalk(this);

  private final Map<Node, Integer> interest = new LinkedHashMap<>();
  private final Map<Path, FileState> states = new LinkedHashMap<>();
  private final Map<Path, Node> nodesOf = new HashMap<>();
  private final List<WatchException> problems = new ArrayList<>();
  private @Nullable Path reached;
  private boolean circle;
  private boolean needsPolling;
  private boolean unsettled;
  private boolean failed;

  /**
   * @param before the states at the last look
   */
  Scan(Nodes nodes, Path path, int maxEntries, Map<Path, FileState> before) {
    this.nodes = nodes;
    this.path = path;
    this.maxEntries = maxEntries;
    this.before = before;
  }

  Scan run() {
    try {
      PathWalk.Target target = walk.follow(path.toAbsolutePath());
      reached = target.real();
      circle = target.circle();
      FileState state = target.state();
      if (state != null) {
        look(target.real(), state);
      }
    } catch (IOException e) {
      fail(problem(path, e));
    }
    return this;
  }

  private void look(Path real, FileState seen) throws IOException {
    switch (seen.type()) {
      case FILE -> {
        Held file = hold(real, seen, CONTENT, Role.TARGET);
        if (file != null) {
          put(path, file);
        }
      }
      case DIRECTORY -> {
        Held directory = hold(real, seen, CONTENT, Role.TARGET);
        if (directory != null) {
          put(path, directory);
          list(real);
        }
      }
      default -> states.put(path, seen);
    }
  }

  private void list(Path real) throws IOException {
    List<Path> names = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(real)) {
      for (Path entry : entries) {
        if (names.size() == maxEntries) {
          fail(WatchException.limit(path, "max-entries", maxEntries));
          return;
        }
        names.add(entry.getFileName());
      }
    } catch (NoSuchFileException | NotDirectoryException e) {
      unsettled = true;
      return;
    } catch (DirectoryIteratorException | IOException e) {
      // The JDK reports the errno as text only; open(2) on the same path returns the number.
      WatchException refusal = nodes.refusal(real);
      if (refusal != null && !GONE.contains(refusal.reason())) {
        fail(refusal);
        return;
      }
      throw e instanceof DirectoryIteratorException d ? d.getCause() : (IOException) e;
    }
    Collections.sort(names);
    for (Path name : names) {
      Path shown = path.resolve(name);
      try {
        lookAtEntry(real, name, shown);
      } catch (IOException e) {
        // A file that cannot be read now may still exist.
        problems.add(problem(shown, e));
        needsPolling = true;
        FileState last = before.get(shown);
        if (last != null) {
          states.put(shown, last);
        }
      }
    }
  }

  private void lookAtEntry(Path directory, Path name, Path shown) throws IOException {
    Path entry = directory.resolve(name);
    FileState state = FileState.of(entry);
    if (state != null && state.type() == FileState.Type.LINK) {
      PathWalk.Target target = walk.follow(directory, name);
      entry = target.real();
      state = target.state();
    }
    if (state == null) {
      return;
    }
    if (state.type() != FileState.Type.FILE) {
      states.put(shown, state);
      return;
    }
    Held file = hold(entry, state, CONTENT, Role.ENTRY);
    if (file != null) {
      put(shown, file);
    }
  }

  private void put(Path shown, Held file) {
    states.put(shown, file.state());
    if (file.node() != null) {
      nodesOf.put(shown, file.node());
    }
  }

  @Override
  public void entriesOf(Path directory, FileState state) throws IOException {
    if (hold(directory, state, ENTRIES, Role.WAY) == null) {
      unsettled = true;
    }
  }

  @Override
  public boolean existenceOf(Path directory, FileState state) throws IOException {
    return hold(directory, state, EXISTENCE, Role.WAY) != null;
  }

  @Override
  public void changedMeanwhile() {
    unsettled = true;
  }

  /**
   * Registers a file and then looks at the file again, unless it was registered before. Returns
   * null if the file is gone or has another type.
   */
  private @Nullable Held hold(Path real, FileState seen, int notes, Role role) throws IOException {
    Node held = nodes.find(seen.key(), notes);
    if (held != null) {
      interest.merge(held, notes, (a, b) -> a | b);
      return new Held(seen, held);
    }
    FileState state = seen;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Node node = null;
      WatchException refusal = null;
      try {
        node = nodes.acquire(real, state.key(), notes);
      } catch (WatchException e) {
        refusal = e;
      }
      FileState now = FileState.of(real);
      boolean same = state.isSameFileAs(now);
      if (now != null && same && node != null) {
        interest.merge(node, notes, (a, b) -> a | b);
        return new Held(now, node);
      }
      if (now != null && same && refusal != null && !GONE.contains(refusal.reason())) {
        refused(refusal, role);
        return new Held(now, null);
      }
      // The opened file may be neither the file of the look nor the one at the path now.
      if (node != null && !interest.containsKey(node)) {
        nodes.closeIfUnused(node);
      }
      if (now == null || now.type() != seen.type()) {
        unsettled |= now != null;
        return null;
      }
      // Another file is there, or this file was gone during the open: WatchStressTest.
      unsettled |= attempt == ATTEMPTS - 1 && !same;
      state = now;
    }
    // The file exists and cannot be opened, for example by a name that the JDK cannot encode.
    needsPolling = true;
    return new Held(state, null);
  }

  private void refused(WatchException refusal, Role role) {
    needsPolling = true;
    boolean hopeless = UNSUPPORTED.contains(refusal.reason());
    boolean tolerable = FORBIDDEN.contains(refusal.reason()) && role != Role.TARGET;
    if (!hopeless && !tolerable) {
      problems.add(refusal);
    }
  }

  private void fail(WatchException problem) {
    problems.add(problem);
    needsPolling = true;
    failed = true;
  }

  private static WatchException problem(Path path, IOException e) {
    if (e instanceof AccessDeniedException denied) {
      return WatchException.call("stat", Path.of(denied.getFile()), "EACCES", e);
    }
    boolean reasoned = e instanceof FileSystemException f && f.getReason() != null;
    String why = reasoned ? ((FileSystemException) e).getReason() : String.valueOf(e);
    return WatchException.because(path, why + "; it is tried again at every poll interval", e);
  }

  /** The notes that this watch needs of each node. */
  Map<Node, Integer> interest() {
    return interest;
  }

  /** The states of the path itself, then of its entries by name. */
  Map<Path, FileState> states() {
    return states;
  }

  Map<Path, Node> nodesOf() {
    return nodesOf;
  }

  List<WatchException> problems() {
    return problems;
  }

  /** The part of the path that exists; null if it is unknown. */
  @Nullable Path reached() {
    return reached;
  }

  boolean isCircle() {
    return circle;
  }

  /** Whether a file could not be registered, so that the path must be polled. */
  boolean needsPolling() {
    return needsPolling;
  }

  /** Whether a file changed during the look, so that another look is due. */
  boolean isUnsettled() {
    return unsettled;
  }

  /** Whether the look failed, so that the states of the last look still hold. */
  boolean isFailed() {
    return failed;
  }
}
