package io.kqueueserver.watch;

import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One watch from {@link FileWatcher#watch} to its close, over all pauses of its watcher. Only the
 * watcher's thread uses the fields that are not final.
 */
final class RegisteredWatch implements Watch {
  private final FileWatcher owner;
  private final Path path;
  private final Delivery delivery;
  private @Nullable ActiveWatch active;
  private @Nullable WatchLoop on;
  private boolean begun;
  private boolean ended;

  /** The states at the last look. Changes are reported against them. */
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

  /** Continues to watch after a pause, and reports the changes since the pause. */
  void goOn(WatchLoop loop) {
    if (begun && !ended && on != loop) {
      on = loop;
      active = new ActiveWatch(this, loop);
      active.update();
    }
  }

  /** Stops to watch for good, if {@code loop} is the loop of this watch. */
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
