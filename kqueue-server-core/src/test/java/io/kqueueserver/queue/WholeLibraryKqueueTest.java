package io.kqueueserver.queue;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.ffi.ForeignLibrary;
import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeOptions;
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
    Native natives() {
      String library = ForeignLibrary.compile(abi, "system_on_linux.c", flags).toString();
      return Native.load(new NativeOptions(null, null, library, abi));
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

  @Nested
  class NetBsdBefore10 extends OverForeignSystem {
    NetBsdBefore10() {
      super("netbsd-x86_64", "-DNO_USER");
    }

    @Override
    boolean hasUserFilter() {
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
  class Darwin extends OverForeignSystem {
    Darwin() {
      super("darwin-aarch64", "-DNO_ACCEPT4", "-DINHERIT_NONBLOCK");
    }
  }
}
