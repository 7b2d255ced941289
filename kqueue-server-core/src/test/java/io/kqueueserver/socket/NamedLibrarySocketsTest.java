package io.kqueueserver.socket;

import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeOptions;
import org.junit.jupiter.api.condition.EnabledIf;

/** Sockets of the library that {@code kqueue.server.native.library} names: see CONTRIBUTING.md. */
@EnabledIf(
    value = "isNamed",
    disabledReason =
        "no whole library is named; ./mvnw test -Pnamed-library -Dnative.library=/path/lib.so"
            + " -Dnative.abi=netbsd-x86_64 runs it on one")
class NamedLibrarySocketsTest extends SocketsTest {
  static boolean isNamed() {
    return NativeOptions.DEFAULTS.library() != null;
  }

  @Override
  Native natives() {
    return Native.load(NativeOptions.DEFAULTS);
  }
}
