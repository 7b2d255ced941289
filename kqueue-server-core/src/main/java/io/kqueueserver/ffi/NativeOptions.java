package io.kqueueserver.ffi;

import org.jspecify.annotations.Nullable;

/**
 * Which native library to bind instead of the host's C library; each null means the host's.
 *
 * @param kqueueLibrary library (path or name) from which only {@code kqueue} and {@code kevent} are
 *     taken
 * @param kqueueAbi ABI row that library follows, for example {@code libkqueue}
 * @param library library from which the whole binding is taken, sockets included
 * @param abi ABI row that library follows, for example {@code netbsd-x86_64}
 */
public record NativeOptions(
    @Nullable String kqueueLibrary,
    @Nullable String kqueueAbi,
    @Nullable String library,
    @Nullable String abi) {

  /** The options of the system properties {@code kqueue.server.native.*}, which are rarely set. */
  public static final NativeOptions DEFAULTS = fromSystemProperties();

  private static NativeOptions fromSystemProperties() {
    return new NativeOptions(
        named("kqueue-library"), named("kqueue-abi"), named("library"), named("abi"));
  }

  /** A property set to nothing, as scripts and build profiles do, is not set. */
  private static @Nullable String named(String option) {
    String value = System.getProperty("kqueue.server.native." + option);
    return value == null || value.isBlank() ? null : value;
  }
}
