package io.kqueueserver.ffi;

import java.nio.file.Path;
import jnr.ffi.LibraryLoader;

/** What system_on_linux.c offers tests: odd answers of the calls to come, for so many times. */
public interface SystemHooks {
  /** Kinds of {@link #kqtest_odd_names}, in the order of the source's enum. */
  enum OddName {
    NAMELESS,
    OF_NO_FAMILY,
    CUT_SHORT,
    NOT_WRITTEN,
    OF_A_PATH
  }

  int kqtest_odd_names(int kind, int times);

  int kqtest_unknown_names(int times);

  int kqtest_fail_writes(int error, int times);

  int kqtest_failed_writes();

  int kqtest_refuse_connects(int times);

  /** Those of a library that is loaded already: its state is one. */
  static SystemHooks of(Path library) {
    return LibraryLoader.create(SystemHooks.class).load(library.toString());
  }

  default void oddNames(OddName kind, int times) {
    kqtest_odd_names(kind.ordinal() + 1, times);
  }
}
