package io.kqueueserver.queue;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.ffi.ForeignLibrary;
import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeOptions;
import java.util.Set;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** The queue of another system's kernel in this process, over that system's sockets. */
class WholeLibraryKqueueTest {
  abstract static class OverForeignSystem extends KqueueContract {
    private final String abi;
    private final String[] flags;

    OverForeignSystem(String abi, String... flags) {
      this.abi = abi;
      this.flags = flags;
    }

    @Override
    protected Native natives() {
      String library = ForeignLibrary.compile(abi, "system_on_linux.c", flags).toString();
      return Native.load(new NativeOptions(null, null, library, abi));
    }

    @Override
    protected Set<KqueueDifference> differences() {
      return StandIn.whole(abi, hasUserFilter());
    }

    @Override
    protected int wakeupRounds() {
      return StandIn.WAKEUPS;
    }

    @Test
    void nothingIsTheHosts() {
      assertThat(queue.backend()).isEqualTo("kqueue");
      assertThat(natives.abi().name()).isEqualTo(abi);
      assertThat(natives.errno().EAGAIN).isEqualTo(35);
      assertThat(connection.fd).as("a number only the library knows").isGreaterThan(1000);
    }
  }

  @Nested
  class NetBsd extends OverForeignSystem {
    NetBsd() {
      super("netbsd-x86_64");
    }
  }

  /** No renamed symbols, and none that a server can do without. */
  @Nested
  class NetBsdPlainAndLean extends OverForeignSystem {
    NetBsdPlainAndLean() {
      super("netbsd-x86_64", "-DPLAIN_NAMES", "-DLEAN");
    }
  }

  /** No EVFILT_USER and no pipe: the wake-up goes through a socket pair. */
  @Nested
  class NetBsdBefore10AndLean extends OverForeignSystem {
    NetBsdBefore10AndLean() {
      super("netbsd-x86_64", "-DNO_USER", "-DLEAN");
    }

    @Override
    protected boolean hasUserFilter() {
      return false;
    }
  }

  @Nested
  class NetBsdBefore10 extends OverForeignSystem {
    NetBsdBefore10() {
      super("netbsd-x86_64", "-DNO_USER");
    }

    @Override
    protected boolean hasUserFilter() {
      return false;
    }
  }

  @Nested
  class FreeBsd extends OverForeignSystem {
    FreeBsd() {
      super("freebsd-x86_64");
    }
  }

  @Nested
  class OpenBsd extends OverForeignSystem {
    OpenBsd() {
      super("openbsd-x86_64");
    }
  }

  @Nested
  class DragonFly extends OverForeignSystem {
    DragonFly() {
      super("dragonfly-x86_64");
    }
  }

  @Nested
  class Darwin extends OverForeignSystem {
    Darwin() {
      super("darwin-aarch64", "-DNO_ACCEPT4", "-DINHERIT_NONBLOCK");
    }
  }
}
