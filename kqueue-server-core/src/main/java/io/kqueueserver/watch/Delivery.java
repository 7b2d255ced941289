package io.kqueueserver.watch;

import io.kqueueserver.watch.FileChange.Kind;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Delivers the changes and errors of one watch to its listener, one call at a time and in order.
 * Changes are merged while the listener is busy, so that at most one batch of bounded size waits.
 * The watcher's thread puts changes in, and the executor's threads take them out.
 */
final class Delivery implements Runnable {
  private static final Logger log = LoggerFactory.getLogger(Delivery.class);

  /** 16: most errors kept for a slow listener. Beyond that the oldest errors are dropped. */
  private static final int MAX_ERRORS = 16;

  private final Path watched;
  private final WatchListener listener;
  private final int maxPending;
  private final Runnable onFailure;

  private final Object lock = new Object();
  private final Map<Path, Kind> pending = new LinkedHashMap<>();
  private final ArrayDeque<WatchException> errors = new ArrayDeque<>();
  private boolean overflow;
  private boolean scheduled;
  private boolean closed;

  /**
   * @param onFailure called on a thread of the executor if the listener throws
   */
  Delivery(Path watched, WatchListener listener, int maxPending, Runnable onFailure) {
    this.watched = watched;
    this.listener = listener;
    this.maxPending = maxPending;
    this.onFailure = onFailure;
  }

  /** The outcome of {@link #put}. */
  enum Put {
    /** The changes are a batch of their own. */
    ALONE,
    /** The changes were merged with changes that still wait. */
    MERGED,
    /** More changes wait than the limit allows, and were replaced by an overflow. */
    OVERFLOWED
  }

  Put put(List<FileChange> changes) {
    synchronized (lock) {
      if (overflow) {
        return Put.MERGED;
      }
      Put result = pending.isEmpty() ? Put.ALONE : Put.MERGED;
      for (FileChange change : changes) {
        Kind before = pending.get(change.path());
        Kind now = before == null ? change.kind() : Differences.merged(before, change.kind());
        if (now == null) {
          pending.remove(change.path());
        } else {
          pending.put(change.path(), now);
        }
      }
      if (pending.size() > maxPending) {
        pending.clear();
        overflow = true;
        return Put.OVERFLOWED;
      }
      return result;
    }
  }

  void put(WatchException error) {
    synchronized (lock) {
      if (errors.size() == MAX_ERRORS) {
        errors.remove();
      }
      errors.add(error);
    }
  }

  /**
   * Schedules the delivery of the waiting batch. Returns false if the executor has refused the
   * task; the caller must then try again later.
   */
  boolean schedule(Executor executor) {
    synchronized (lock) {
      if (scheduled || closed || isEmpty()) {
        return true;
      }
      scheduled = true;
    }
    try {
      executor.execute(this);
      return true;
    } catch (RejectedExecutionException e) {
      synchronized (lock) {
        scheduled = false;
      }
      return false;
    }
  }

  private boolean isEmpty() {
    return pending.isEmpty() && errors.isEmpty() && !overflow;
  }

  @Override
  public void run() {
    while (true) {
      List<WatchException> failures;
      FileChanges changes;
      synchronized (lock) {
        if (closed || isEmpty()) {
          scheduled = false;
          return;
        }
        failures = List.copyOf(errors);
        changes = takeChanges();
        errors.clear();
      }
      for (WatchException failure : failures) {
        call(() -> listener.onError(failure));
      }
      if (changes != null && !isClosed()) {
        call(() -> listener.onChanges(changes));
      }
    }
  }

  private @Nullable FileChanges takeChanges() {
    if (pending.isEmpty() && !overflow) {
      return null;
    }
    List<FileChange> list = new ArrayList<>(pending.size());
    pending.forEach((path, kind) -> list.add(new FileChange(path, kind)));
    FileChanges changes = new FileChanges(watched, list, overflow);
    pending.clear();
    overflow = false;
    return changes;
  }

  private void call(Runnable callback) {
    try {
      callback.run();
    } catch (Throwable e) {
      log.error("The listener of {} failed; it will hear of the next change", watched, e);
      onFailure.run();
    }
  }

  private boolean isClosed() {
    synchronized (lock) {
      return closed;
    }
  }

  /** Ends the delivery: no callback begins after this call. */
  void close() {
    synchronized (lock) {
      closed = true;
      pending.clear();
      errors.clear();
      overflow = false;
    }
  }
}
