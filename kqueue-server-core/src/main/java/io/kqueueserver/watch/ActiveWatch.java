package io.kqueueserver.watch;

import io.kqueueserver.loop.Deadline;
import io.kqueueserver.loop.EventLoop;
import io.kqueueserver.stats.WatchStats;
import io.kqueueserver.watch.Delivery.Put;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One watch while the watcher runs: its nodes, the time of its next look, and its reports. Lives on
 * the watcher's thread.
 */
final class ActiveWatch {
  /** 10: a path that is never quiet is looked at after this many times the debounce. */
  private static final int PATIENCE = 10;

  private static final int ATTEMPTS = 3;

  private final RegisteredWatch watch;
  private final WatchLoop on;
  private final EventLoop loop;
  private final WatchStats stats;
  private final Deadline quiet =
      new Deadline() {
        @Override
        protected void onDeadline(long nowNanos) {
          update();
        }
      };
  private final Deadline poll =
      new Deadline() {
        @Override
        protected void onDeadline(long nowNanos) {
          update();
        }
      };

  private Map<Node, Integer> interest = Map.of();
  private Map<Path, Node> nodesOf = Map.of();
  private final Map<Node, Integer> touched = new HashMap<>();
  private Set<String> reported = Set.of();
  private @Nullable Path lastReached;
  private boolean remote;
  private boolean polled;
  private boolean dirty;
  private long dirtySince;

  ActiveWatch(RegisteredWatch watch, WatchLoop on) {
    this.watch = watch;
    this.on = on;
    loop = on.loop();
    stats = on.stats();
    stats.watches++;
  }

  /**
   * Takes the first look of a watch. Later changes are reported against this look.
   *
   * @throws WatchException if a part of the path cannot be watched; no node stays open
   */
  void begin(boolean mustExist) {
    Scan scan = scan();
    WatchException problem = scan.problems().isEmpty() ? null : scan.problems().get(0);
    if (problem == null && mustExist && scan.states().isEmpty()) {
      problem =
          WatchException.call("open", watch.path(), scan.isCircle() ? "ELOOP" : "ENOENT", null);
    }
    adopt(scan);
    if (problem != null) {
      release();
      throw problem;
    }
    watch.states = scan.states();
    nodesOf = scan.nodesOf();
    settle(scan);
  }

  /** An event of a node. The watch looks again soon if it is interested in one of the notes. */
  void onEvent(Node node, int notes) {
    int wanted = interest.getOrDefault(node, 0);
    if ((notes & wanted) != 0) {
      touched.merge(node, notes, (a, b) -> a | b);
      lookSoon();
    }
  }

  private void lookSoon() {
    long now = loop.now();
    if (!dirty) {
      dirty = true;
      dirtySince = now;
    }
    long debounce = on.options().debounce().toNanos();
    long latest = dirtySince + PATIENCE * debounce;
    loop.deadline(quiet, Math.min(now + debounce, latest));
  }

  /** Looks at the path again and reports what has changed since the last look. */
  void update() {
    dirty = false;
    Scan scan = scan();
    List<FileChange> changes = List.of();
    if (!scan.isFailed()) {
      changes = Differences.between(watch.states, scan.states(), path -> notes(path, scan));
      watch.states = scan.states();
      nodesOf = scan.nodesOf();
      touched.clear();
    }
    adopt(scan);
    report(scan.problems());
    settle(scan);
    if (!changes.isEmpty()) {
      stats.changes += changes.size();
      Put put = watch.delivery().put(changes);
      stats.merged += put == Put.MERGED ? 1 : 0;
      stats.overflows += put == Put.OVERFLOWED ? 1 : 0;
    }
    // Last: on a caller-runs executor the callback may end this watch.
    if (!watch.delivery().schedule(on.executor())) {
      poll(true);
    }
  }

  private Scan scan() {
    for (int attempt = 1; ; attempt++) {
      stats.rescans++;
      Scan scan = new Scan(on.nodes(), watch.path(), on.options().maxEntries(), watch.states).run();
      if (!scan.isUnsettled() || attempt == ATTEMPTS) {
        return scan;
      }
      scan.interest().keySet().forEach(on.nodes()::closeIfUnused);
    }
  }

  /** The kernel's notes for a file that is the same as at the last look. */
  private int notes(Path path, Scan scan) {
    Node node = scan.nodesOf().get(path);
    return node != null && node == nodesOf.get(path) ? touched.getOrDefault(node, 0) : 0;
  }

  private void adopt(Scan scan) {
    Map<Node, Integer> next = new LinkedHashMap<>(scan.interest());
    if (scan.isFailed()) {
      interest.forEach(next::putIfAbsent); // the last look still counts
    }
    next.keySet().forEach(node -> node.users.add(this));
    for (Node node : interest.keySet()) {
      if (!next.containsKey(node)) {
        drop(node);
      }
    }
    interest = next;
  }

  private void drop(Node node) {
    node.users.remove(this);
    on.nodes().closeIfUnused(node);
  }

  private void report(List<WatchException> problems) {
    Set<String> now = new HashSet<>();
    for (WatchException problem : problems) {
      String message = String.valueOf(problem.getMessage());
      if (now.add(message) && !reported.contains(message)) {
        stats.errors++;
        watch.delivery().put(problem);
      }
    }
    reported = now;
  }

  /** Sets when to look next. */
  private void settle(Scan scan) {
    Path reached = scan.reached();
    if (reached != null && !reached.equals(lastReached)) {
      lastReached = reached;
      remote = RemoteFileSystems.hold(reached);
    }
    poll(scan.needsPolling() || remote);
    if (scan.isUnsettled()) {
      lookSoon();
    }
  }

  private void poll(boolean on) {
    if (on != polled) {
      polled = on;
      stats.polledWatches += on ? 1 : -1;
    }
    loop.deadline(
        poll, on ? loop.now() + this.on.options().pollInterval().toNanos() : Deadline.NEVER);
  }

  /** Ends it and closes descriptors that no other watch uses. */
  void release() {
    loop.cancel(quiet);
    poll(false);
    loop.cancel(poll);
    interest.keySet().forEach(this::drop);
    interest = Map.of();
    stats.watches--;
  }
}
