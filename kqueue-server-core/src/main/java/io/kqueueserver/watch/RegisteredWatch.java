package io.kqueueserver.watch;

import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One watch from {@link FileWatcher#watch} to its close, over all pauses of its watcher. Fields
 * that are not final belong to the watcher's thread.
 */
final class RegisteredWatch implements Watch {
  private final FileWatcher owner;
  private final Path path;
  private final Delivery delivery;
  private @Nullable ActiveWatch active;
  private @Nullable WatchLoop on;
  private boolean begun;
  private boolean ended;

  /** What the last look saw; changes are reported against it. */
  Map<Path, FileState> states = Map.of();

  RegisteredWatch(FileWatcher owner, Path path, Delivery delivery) {
    this.owner = owner;
    this.path = path;
    this.delivery = delivery;
  }

  @Override
  public Path path() {
    return path;
  }

  Delivery delivery() {
    return delivery;
  }

  /** Starts to watch. */
  void begin(WatchLoop loop, boolean mustExist) {
    if (ended) {
      return;
    }
    on = loop;
    active = new ActiveWatch(this, loop);
    active.begin(mustExist);
    begun = true;
  }

  /** Goes on watching after a pause, and reports what has changed meanwhile. */
  void goOn(WatchLoop loop) {
    if (begun && !ended && on != loop) {
      on = loop;
      active = new ActiveWatch(this, loop);
      active.update();
    }
  }

  /** Stops watching for good, if it is this loop that does it. */
  void end(WatchLoop loop) {
    ended = true;
    if (active != null && on == loop && begun) {
      active.release();
      active = null;
    }
  }

  @Override
  public void close() {
    owner.close(this);
  }

  @Override
  public String toString() {
    return "Watch[" + path + "]";
  }
}
