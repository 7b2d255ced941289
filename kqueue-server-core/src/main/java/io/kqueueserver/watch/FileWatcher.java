package io.kqueueserver.watch;

import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeException;
import io.kqueueserver.ffi.NativeOptions;
import io.kqueueserver.ffi.NativeUnavailableException;
import io.kqueueserver.stats.WatchStats;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notifies listeners of changes of files: of the entries of a directory, or of one file. A watched
 * path need not exist yet and may lead through symbolic links. The watcher has one thread, {@code
 * kqueue-watch}, from the first watch until its close, and runs callbacks on other threads. Any
 * thread.
 */
public final class FileWatcher implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(FileWatcher.class);

  /** 1 s: pause between a failed event queue and the next run. */
  private static final long RESTART_MILLIS = 1_000;

  private enum State {
    OPEN("open"),
    PAUSED("paused"),
    CLOSED("closed");

    final String word;

    State(String word) {
      this.word = word;
    }
  }

  private final WatchOptions options;
  private final Native natives;
  private final WatchStats stats = new WatchStats();

  private final Object lock = new Object();
  private final Set<RegisteredWatch> watches = new LinkedHashSet<>();
  private State state = State.OPEN;
  private @Nullable WatchLoop loop;
  private @Nullable CallbackThreads ownThreads;
  private @Nullable Thread lastThread;

  private FileWatcher(WatchOptions options) {
    this.options = options;
    natives = Native.load(options.natives());
    if (!natives.has("open")) {
      throw new NativeUnavailableException(
          "files cannot be watched through library "
              + options.natives().library()
              + ": it has no open(2)",
          "unset the option native.library, or do not use the file watcher");
    }
  }

  /** A watcher with the defaults of {@link WatchOptions#DEFAULTS}. */
  public static FileWatcher create() {
    return builder().build();
  }

  public static Builder builder() {
    return new Builder();
  }

  /**
   * Watches a path, whether it exists or not. Every change after the return is reported.
   *
   * @param path a path of the default file system; the paths of changes begin with it as given
   * @throws WatchException if a limit is reached or the system refuses; the message names a remedy
   * @throws IllegalStateException if this watcher is paused or closed
   */
  public Watch watch(Path path, WatchListener listener) {
    return watch(path, false, listener);
  }

  /** As {@link #watch}, but throws if no file is at the path now. */
  public Watch watchExisting(Path path, WatchListener listener) {
    return watch(path, true, listener);
  }

  private Watch watch(Path path, boolean mustExist, WatchListener listener) {
    if (path.getFileSystem() != FileSystems.getDefault()) {
      throw new IllegalArgumentException(
          path + " is not of the default file system; the kernel knows no other");
    }
    RegisteredWatch watch;
    WatchLoop on;
    synchronized (lock) {
      if (state != State.OPEN) {
        throw new IllegalStateException(path + " cannot be watched: this watcher is " + state.word);
      }
      if (watches.size() >= options.maxWatches()) {
        throw WatchException.limit(path, "max-watches", options.maxWatches());
      }
      on = running(path);
      watch =
          new RegisteredWatch(
              this,
              path,
              new Delivery(path, listener, options.maxPendingChanges(), this::callbackFailed));
      watches.add(watch);
    }
    boolean begun = false;
    try {
      begun = on.call(() -> watch.begin(on, mustExist));
    } finally {
      if (!begun) {
        close(watch);
      }
    }
    if (!begun) {
      throw WatchException.because(
          path, "the watcher was closed, or a file system does not answer its thread", null);
    }
    return watch;
  }

  /** The running loop. Starts a loop if none runs. */
  private WatchLoop running(Path path) {
    if (loop != null) {
      return loop;
    }
    try {
      return startLoop();
    } catch (NativeException e) {
      throw WatchException.refused(path, e);
    }
  }

  private WatchLoop startLoop() {
    if (lastThread != null && lastThread.isAlive() && lastThread != Thread.currentThread()) {
      throw new IllegalStateException(
          lastThread.getName() + " of the last run is still held up by a file system");
    }
    WatchLoop started = new WatchLoop(options, natives, stats, executor(), this::ended);
    started.start();
    loop = started;
    lastThread = started.thread();
    for (RegisteredWatch watch : watches) {
      started.execute(() -> watch.goOn(started));
    }
    return started;
  }

  private Executor executor() {
    Executor given = options.executor();
    if (given != null) {
      return given;
    }
    if (ownThreads == null) {
      ownThreads = new CallbackThreads(options.name() + "-watch-callback", options.maxWatches());
    }
    return ownThreads;
  }

  private void callbackFailed() {
    WatchLoop on;
    synchronized (lock) {
      on = loop;
    }
    if (on != null) {
      on.execute(() -> stats.callbackFailures++);
    }
  }

  /**
   * Called on the thread of a loop that has ended. Begins another loop, unless after a shutdown.
   */
  private void ended(WatchLoop which) {
    List<RegisteredWatch> all;
    synchronized (lock) {
      if (loop != which) {
        return;
      }
      loop = null;
      all = List.copyOf(watches);
    }
    for (RegisteredWatch watch : all) {
      String why = "its event queue failed and is opened again; changes are reported then";
      watch.delivery().put(WatchException.because(watch.path(), why, which.failure()));
      watch.delivery().schedule(which.executor());
    }
    synchronized (lock) {
      while (isToStart()) {
        try {
          lock.wait(RESTART_MILLIS);
          if (isToStart()) {
            startLoop();
          }
        } catch (InterruptedException e) {
          return;
        } catch (RuntimeException e) {
          log.error("{}-watch cannot be started again yet: {}", options.name(), e.getMessage());
        }
      }
    }
  }

  private boolean isToStart() {
    return state == State.OPEN && loop == null && !watches.isEmpty();
  }

  void close(RegisteredWatch watch) {
    WatchLoop on;
    synchronized (lock) {
      if (!watches.remove(watch)) {
        return;
      }
      on = loop;
    }
    watch.delivery().close();
    if (on != null) {
      on.call(() -> watch.end(on));
    }
  }

  /**
   * Ends the threads and closes the descriptors, but keeps the watches. {@link #resume} continues
   * the watches and reports the changes since the pause.
   */
  public void pause() {
    stop(State.PAUSED);
  }

  /** Ends a pause. Does nothing if the watcher is not paused. */
  public void resume() {
    synchronized (lock) {
      if (state == State.PAUSED) {
        if (loop == null && !watches.isEmpty()) {
          startLoop();
        }
        state = State.OPEN;
      }
    }
  }

  /** Whether the watcher is neither paused nor closed. */
  public boolean isOpen() {
    synchronized (lock) {
      return state == State.OPEN;
    }
  }

  /**
   * Ends every watch. On return threads have ended and descriptors are closed. A second close does
   * nothing.
   */
  @Override
  public void close() {
    List<RegisteredWatch> all;
    synchronized (lock) {
      all = List.copyOf(watches);
      watches.clear();
    }
    all.forEach(watch -> watch.delivery().close());
    stop(State.CLOSED);
  }

  private void stop(State next) {
    WatchLoop on;
    Thread thread;
    CallbackThreads callbacks;
    synchronized (lock) {
      if (state == State.CLOSED) {
        return;
      }
      state = next;
      on = loop;
      loop = null;
      thread = lastThread;
      callbacks = ownThreads;
      ownThreads = null;
      lock.notifyAll();
    }
    if (on != null) {
      on.stop();
    } else if (thread != null) {
      WatchLoop.join(thread); // the thread may have waited to begin the next run
    }
    if (callbacks != null) {
      callbacks.close();
    }
  }

  /** The counters of this watcher, for metrics. */
  public WatchStats stats() {
    return stats;
  }

  public WatchOptions options() {
    return options;
  }

  /** Collects the options of a watcher. The defaults are {@link WatchOptions#DEFAULTS}. */
  public static final class Builder {
    private Duration debounce = WatchOptions.DEFAULTS.debounce();
    private Duration pollInterval = WatchOptions.DEFAULTS.pollInterval();
    private int maxWatches = WatchOptions.DEFAULTS.maxWatches();
    private int maxDescriptors = WatchOptions.DEFAULTS.maxDescriptors();
    private int maxEntries = WatchOptions.DEFAULTS.maxEntries();
    private int maxPendingChanges = WatchOptions.DEFAULTS.maxPendingChanges();
    private String name = WatchOptions.DEFAULTS.name();
    private @Nullable Executor executor;
    private NativeOptions natives = WatchOptions.DEFAULTS.natives();

    private Builder() {}

    public Builder debounce(Duration debounce) {
      this.debounce = debounce;
      return this;
    }

    public Builder pollInterval(Duration pollInterval) {
      this.pollInterval = pollInterval;
      return this;
    }

    public Builder maxWatches(int maxWatches) {
      this.maxWatches = maxWatches;
      return this;
    }

    public Builder maxDescriptors(int maxDescriptors) {
      this.maxDescriptors = maxDescriptors;
      return this;
    }

    public Builder maxEntries(int maxEntries) {
      this.maxEntries = maxEntries;
      return this;
    }

    public Builder maxPendingChanges(int maxPendingChanges) {
      this.maxPendingChanges = maxPendingChanges;
      return this;
    }

    public Builder name(String name) {
      this.name = name;
      return this;
    }

    /** The executor of callbacks. A refused callback is tried again after the poll interval. */
    public Builder executor(@Nullable Executor executor) {
      this.executor = executor;
      return this;
    }

    public Builder natives(NativeOptions natives) {
      this.natives = natives;
      return this;
    }

    /**
     * Makes the watcher. The watcher's thread starts with the first watch.
     *
     * @throws IllegalArgumentException if an option is out of bounds; the message names the option
     * @throws NativeUnavailableException if the native library cannot be used
     */
    public FileWatcher build() {
      return new FileWatcher(
          new WatchOptions(
              debounce,
              pollInterval,
              maxWatches,
              maxDescriptors,
              maxEntries,
              maxPendingChanges,
              name,
              executor,
              natives));
    }
  }
}
