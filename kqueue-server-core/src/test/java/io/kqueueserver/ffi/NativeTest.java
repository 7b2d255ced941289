package io.kqueueserver.ffi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import jnr.ffi.annotations.Variadic;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class NativeTest {
  private static final NativeOptions HOST = new NativeOptions(null, null, null, null);

  @Test
  @EnabledOnOs(
      value = OS.LINUX,
      architectures = {"amd64"},
      disabledReason =
          "whether jnr-ffi may write machine code depends on the system: W^X, MAP_JIT, PaX")
  void onlyVariadicCallsGoThroughReflection() {
    LibC libc = Native.load(HOST).libc();
    List<String> slow = new ArrayList<>();
    for (Method method : LibC.class.getMethods()) {
      boolean stub = false;
      for (Method declared : libc.getClass().getDeclaredMethods()) {
        stub |=
            declared.getName().startsWith(method.getName())
                && Modifier.isNative(declared.getModifiers());
      }
      if (!stub) {
        slow.add(method.getName());
      }
    }
    assertThat(slow).containsExactlyInAnyOrder("fcntl", "ioctl", "open");
  }

  @Test
  void variadicFunctionsSayHowManyArgumentsAreFixed() throws NoSuchMethodException {
    for (Method method : LibC.class.getMethods()) {
      Variadic variadic = method.getAnnotation(Variadic.class);
      boolean expected = List.of("fcntl", "ioctl", "open").contains(method.getName());
      assertThat(variadic != null).as(method.getName()).isEqualTo(expected);
      if (variadic != null) {
        assertThat(variadic.fixedCount()).isEqualTo(2);
        assertThat(method.getParameterTypes()[2]).isEqualTo(long.class);
      }
    }
  }

  @Test
  void failuresBecomeNegativeErrnosOfTheHost() {
    Native natives = Native.load(HOST);
    assertThat(natives.result(natives.libc().close(-1))).isEqualTo(-natives.errno().EBADF);
    assertThat(natives.result(natives.libc().read(-1, 0, 1))).isEqualTo(-natives.errno().EBADF);
    assertThatThrownBy(() -> natives.check(natives.libc().listen(-1, 1), "listen", "[::]:80"))
        .isInstanceOfSatisfying(
            NativeException.class,
            e -> {
              assertThat(e.call()).isEqualTo("listen");
              assertThat(e.subject()).isEqualTo("[::]:80");
              assertThat(e.errnoName()).isEqualTo("EBADF");
              assertThat(e.errno()).isEqualTo(natives.errno().EBADF);
            })
        .hasMessage("listen([::]:80): EBADF - descriptor is not open");
  }

  @Test
  void optionsAreLoadedOnce() {
    assertThat(Native.load(HOST)).isSameAs(Native.load(new NativeOptions(null, null, null, null)));
  }

  @Test
  void aLibraryThatIsNotThereIsNamed() {
    assertThatThrownBy(() -> Native.load(new NativeOptions("/no/such.so", null, null, null)))
        .isInstanceOf(NativeUnavailableException.class)
        .hasMessageContaining("library /no/such.so cannot be loaded: ")
        .hasMessageContaining("give its full path");
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aSymbolThatIsNotThereIsNamed() {
    assertThatThrownBy(() -> Native.load(new NativeOptions("libm.so.6", "netbsd", null, null)))
        .isInstanceOf(NativeUnavailableException.class)
        .hasMessageContaining("no ABI row is named netbsd");
    assertThatThrownBy(
            () -> Native.load(new NativeOptions("libm.so.6", "netbsd-x86_64", null, null)))
        .isInstanceOf(NativeUnavailableException.class)
        .hasMessageContaining("libm.so.6 has no symbol ")
        .hasMessageContaining("which ABI netbsd-x86_64 needs");
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void theHostsSymbolsBehindAnotherLibraryDoNotCount() {
    // libm depends on libc, so dlsym finds socket(2) through it.
    assertThatThrownBy(
            () -> Native.load(new NativeOptions(null, null, "libm.so.6", "freebsd-x86_64")))
        .isInstanceOf(NativeUnavailableException.class)
        .hasMessageContaining("libm.so.6 has no symbol ");
  }

  @Test
  void allMissingSymbolsAreNamedAtOnce() {
    // It has kqueue and kevent only, and finds the rest through the host's libc.
    String library = ForeignLibrary.compile("netbsd-x86_64", "kqueue_on_linux.c").toString();
    assertThatThrownBy(() -> Native.load(new NativeOptions(null, null, library, "netbsd-x86_64")))
        .isInstanceOf(NativeUnavailableException.class)
        .hasMessageContaining(
            library + " has no symbol __socket30 or socket, accept, bind, close, fcntl,");
  }

  @Test
  void countsAreAsWideAsTheSystemSays() throws NoSuchMethodException {
    for (String abi : Abi.NAMES) {
      if (abi.startsWith("linux")) {
        continue;
      }
      String library = ForeignLibrary.compile(abi, "kqueue_on_linux.c").toString();
      KqueueCalls calls = Native.load(new NativeOptions(library, abi, null, null)).kqueue();
      assertThat(calls instanceof KqueueSizedCalls.Narrowed)
          .as(abi)
          .isEqualTo(abi.startsWith("netbsd"));
    }
    Class<?> size = long.class;
    assertThat(
            KqueueSizedCalls.class.getMethod(
                "kevent", int.class, long.class, size, long.class, size, long.class))
        .isNotNull();
  }

  @Test
  void whatALibraryMayLackIsNotTakenFromTheHost() {
    String library = ForeignLibrary.compile("netbsd-x86_64", "system_on_linux.c").toString();
    Native natives = Native.load(new NativeOptions(null, null, library, "netbsd-x86_64"));
    assertThat(natives.has("accept4")).isTrue();
    assertThat(natives.has("posix_fadvise")).isFalse();
    assertThatThrownBy(() -> natives.libc().posix_fadvise(0, 0, 0, 0))
        .isInstanceOf(LinkageError.class);
  }

  @Test
  void anAbiWithoutALibraryIsAMistake() {
    assertThatThrownBy(() -> Native.load(new NativeOptions(null, "netbsd-x86_64", null, null)))
        .isInstanceOf(NativeUnavailableException.class)
        .hasMessage(
            "kqueueAbi netbsd-x86_64 is set but no library that follows it; name one or unset it");
  }

  @Test
  void aWholeLibraryNeedsItsAbiNamed() {
    assertThatThrownBy(() -> Native.load(new NativeOptions(null, null, "libm.so.6", null)))
        .isInstanceOf(NativeUnavailableException.class)
        .hasMessageContaining("library libm.so.6 needs the name of the ABI it follows");
  }

  @Test
  void whatCarriesTheQueueIsToldWithTheLibraryThatStandsInForTheSystem() {
    Native host = Native.load(HOST);
    assertThat(host.describe())
        .isEqualTo((host.abi().isLinux() ? "epoll on " : "kqueue on ") + Abi.host());
    String queue = ForeignLibrary.compile("netbsd-x86_64", "kqueue_on_linux.c").toString();
    assertThat(Native.load(new NativeOptions(queue, "netbsd-x86_64", null, null)).describe())
        .isEqualTo("kqueue of netbsd-x86_64 from " + queue + " on " + Abi.host());
    String system = ForeignLibrary.compile("netbsd-x86_64", "system_on_linux.c").toString();
    assertThat(Native.load(new NativeOptions(null, null, system, "netbsd-x86_64")).describe())
        .isEqualTo("kqueue of netbsd-x86_64, whole binding from " + system);
  }

  @Test
  void theDescriptorLimitIsThatOfTheShell() throws Exception {
    String expected = ulimit();
    long limit = Native.load(HOST).descriptorLimit();
    assertThat(limit == Long.MAX_VALUE ? "unlimited" : Long.toString(limit)).isEqualTo(expected);
  }

  /** A child has the limits of its parent. */
  private static String ulimit() throws Exception {
    Process shell = new ProcessBuilder("sh", "-c", "ulimit -n").start();
    String said = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    shell.waitFor();
    return said.strip();
  }

  @Test
  void withoutGetrlimitTheDescriptorLimitIsUnknown() {
    String system = ForeignLibrary.compile("netbsd-x86_64", "system_on_linux.c").toString();
    assertThat(
            Native.load(new NativeOptions(null, null, system, "netbsd-x86_64")).descriptorLimit())
        .isEqualTo(Native.UNKNOWN_LIMIT);
  }

  @Test
  void addressesAreOfByteZero() {
    ByteBuffer buffer = ByteBuffer.allocateDirect(64);
    long address = Memory.address(buffer);
    buffer.position(10);
    assertThat(Memory.address(buffer)).isEqualTo(address);
    assertThatThrownBy(() -> Memory.address(ByteBuffer.allocate(1)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void memoryIsWrittenWhereTheAddressSays() {
    Native natives = Native.load(HOST);
    NativeBuffer fds = NativeBuffer.allocate(8);
    natives.check(natives.libc().pipe(fds.address()), "pipe", "");
    int in = fds.bytes().getInt(0);
    int out = fds.bytes().getInt(4);
    NativeBuffer data = NativeBuffer.allocate(16);
    data.bytes().putLong(0, 0x1122334455667788L);
    assertThat(natives.libc().write(out, data.address(), 8)).isEqualTo(8);
    assertThat(natives.libc().read(in, data.address() + 8, 8)).isEqualTo(8);
    assertThat(data.bytes().getLong(8)).isEqualTo(0x1122334455667788L);
    natives.libc().close(in);
    natives.libc().close(out);
  }
}
