package io.kqueueserver.ffi;

import java.nio.file.Path;
import jnr.ffi.LibraryLoader;

/** Stand-ins whose event queue fails when a test says so: {@code src/test/native/failures.c}. */
public final class FailingCalls {
  /** A call of an event loop, in the order of the constants in {@code failures.c}. */
  public enum Call {
    /** {@code kqueue}, {@code epoll_create1}. */
    OPEN,
    /** The wait of a turn. */
    WAIT,
    /** Changes whose answer is needed at once; a queue over epoll has no such call. */
    APPLY,
    /** What makes another thread's wait return. */
    WAKE,
    /** One change: EV_ADD of a READ filter, or of any with epoll. */
    CHANGE
  }

  /** The controls of the library. */
  public interface Controls {
    int kqtest_fail(int call, int error, int times);

    int kqtest_failures_left(int call);
  }

  private final NativeOptions options;
  private final Controls controls;

  private FailingCalls(NativeOptions options, Path library) {
    this.options = options;
    this.controls = LibraryLoader.create(Controls.class).load(library.toString());
  }

  /** Over {@code kevent} of a BSD-family system, or over the Linux twin's own calls. */
  public static FailingCalls of(String abi) {
    String source = abi.startsWith("linux") ? "epoll_failing.c" : "system_on_linux.c";
    Path library = ForeignLibrary.compile(abi, source);
    return new FailingCalls(new NativeOptions(null, null, library.toString(), abi), library);
  }

  /** Binds the stand-in. */
  public NativeOptions options() {
    return options;
  }

  /** The next so many calls fail with this error of the host, before they have done anything. */
  public void fail(Call call, String errno, int times) {
    int number = Native.load(NativeOptions.DEFAULTS).abi().constant(errno);
    controls.kqtest_fail(call.ordinal(), number, times);
  }

  /** From now on nothing fails. */
  public void reset() {
    for (Call call : Call.values()) {
      controls.kqtest_fail(call.ordinal(), 0, 0);
    }
  }

  /** How many failures are still to come. */
  public int left(Call call) {
    return controls.kqtest_failures_left(call.ordinal());
  }
}
