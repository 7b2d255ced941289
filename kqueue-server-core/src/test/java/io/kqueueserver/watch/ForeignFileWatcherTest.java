package io.kqueueserver.watch;

import io.kqueueserver.ffi.ForeignLibrary;
import io.kqueueserver.ffi.NativeOptions;
import org.junit.jupiter.api.Nested;

/**
 * The watcher on {@code kevent} itself, over a library that has another system's layout, filter
 * numbers and symbols.
 */
class ForeignFileWatcherTest {
  abstract static class On extends FileWatcherContract {
    private final String abi;

    On(String abi) {
      this.abi = abi;
    }

    @Override
    NativeOptions natives() {
      String library = ForeignLibrary.compile(abi, "kqueue_on_linux.c").toString();
      return new NativeOptions(library, abi, null, null);
    }
  }

  @Nested
  class Darwin extends On {
    Darwin() {
      super("darwin-aarch64");
    }
  }

  @Nested
  class FreeBsd extends On {
    FreeBsd() {
      super("freebsd-x86_64");
    }
  }

  @Nested
  class NetBsd extends On {
    NetBsd() {
      super("netbsd-x86_64");
    }
  }

  @Nested
  class OpenBsd extends On {
    OpenBsd() {
      super("openbsd-x86_64");
    }
  }

  @Nested
  class DragonFly extends On {
    DragonFly() {
      super("dragonfly-x86_64");
    }
  }

  /** Sockets, files and errno numbers are that system's, too. */
  @Nested
  class WholeLibrary extends FileWatcherContract {
    @Override
    NativeOptions natives() {
      String abi = "netbsd-x86_64";
      String library = ForeignLibrary.compile(abi, "system_on_linux.c").toString();
      return new NativeOptions(null, null, library, abi);
    }
  }
}
