package io.kqueueserver.benchmarks.readiness;

import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeOptions;
import java.util.ArrayList;
import java.util.List;

/** A column of the table. */
enum Competitor {
  POLL("poll"),
  SELECT("select"),
  EPOLL("epoll"),
  KQUEUE_TWIN("Kqueue (Linux twin)"),
  NATIVE_KQUEUE("NativeKqueue"),
  NIO("JDK NIO");

  /** The system's own binding, even where another library is named. */
  static final Native HOST = Native.load(new NativeOptions(null, null, null, null));

  final String title;

  Competitor(String title) {
    this.title = title;
  }

  /** Those this system has. */
  static List<Competitor> present() {
    List<Competitor> present = new ArrayList<>(List.of(values()));
    if (!HOST.abi().isLinux()) {
      present.remove(EPOLL);
      present.remove(KQUEUE_TWIN);
    }
    if (Native.load(NativeOptions.DEFAULTS).kqueue() == null) {
      present.remove(NATIVE_KQUEUE);
    }
    return present;
  }

  /** Whether a wait takes time in proportion to the set, so that fewer must do. */
  boolean searchesTheSet() {
    return this == POLL || this == SELECT;
  }

  boolean takesNativeDescriptors() {
    return this != NIO;
  }

  Waiter open(Descriptors descriptors, Trigger trigger) {
    if (descriptors instanceof NioDescriptors channels) {
      return new NioWaiter(channels);
    }
    NativeDescriptors natives = (NativeDescriptors) descriptors;
    return switch (this) {
      case POLL -> new PollWaiter(HOST, natives);
      case SELECT -> new SelectWaiter(HOST, natives);
      case EPOLL -> new EpollWaiter(HOST, natives, trigger);
      case KQUEUE_TWIN -> new KqueueWaiter(HOST, natives, trigger);
      case NATIVE_KQUEUE -> new KqueueWaiter(Native.load(NativeOptions.DEFAULTS), natives, trigger);
      case NIO -> throw new IllegalArgumentException("the selector takes channels only");
    };
  }
}
