package io.kqueueserver.socket;

import io.kqueueserver.ffi.ForeignLibrary;
import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeOptions;
import org.junit.jupiter.api.Nested;

/** Sockets of another system's kernel in this process: its numbers, its errnos, its descriptors. */
class WholeLibrarySocketsTest {
  static Native load(String abi, String... flags) {
    String library = ForeignLibrary.compile(abi, "system_on_linux.c", flags).toString();
    return Native.load(new NativeOptions(null, null, library, abi));
  }

  @Nested
  class NetBsd extends SocketsTest {
    @Override
    Native natives() {
      return load("netbsd-x86_64");
    }
  }

  @Nested
  class NetBsdPlainAndLean extends SocketsTest {
    @Override
    Native natives() {
      return load("netbsd-x86_64", "-DPLAIN_NAMES", "-DLEAN");
    }
  }

  @Nested
  class FreeBsd extends SocketsTest {
    @Override
    Native natives() {
      return load("freebsd-x86_64");
    }
  }

  @Nested
  class FreeBsdWithoutAccept4 extends SocketsTest {
    @Override
    Native natives() {
      return load("freebsd-x86_64", "-DNO_ACCEPT4");
    }
  }

  @Nested
  class OpenBsd extends SocketsTest {
    @Override
    Native natives() {
      return load("openbsd-x86_64", "-DV6_ONLY");
    }

    @Override
    boolean oneSocketServesBothFamilies() {
      return false;
    }
  }

  @Nested
  class DragonFly extends SocketsTest {
    @Override
    Native natives() {
      return load("dragonfly-x86_64", "-DV6_ONLY");
    }

    @Override
    boolean oneSocketServesBothFamilies() {
      return false;
    }
  }

  @Nested
  class Darwin extends SocketsTest {
    @Override
    Native natives() {
      return load("darwin-aarch64", "-DNO_ACCEPT4", "-DINHERIT_NONBLOCK");
    }
  }
}
