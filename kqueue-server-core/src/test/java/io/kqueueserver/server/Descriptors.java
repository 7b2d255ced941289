package io.kqueueserver.server;

import java.io.File;

/** The descriptors of this process, where the system lists them. */
final class Descriptors {
  private static final File LIST = list();

  private Descriptors() {}

  /** How many are open; 0 always where that cannot be told, so that any two counts are equal. */
  static int open() {
    String[] names = LIST == null ? null : LIST.list();
    return names == null ? 0 : names.length;
  }

  private static File list() {
    File linux = new File("/proc/self/fd");
    if (linux.isDirectory()) {
      return linux;
    }
    // macOS lists all of them; a BSD without fdescfs has the first three only, which is no answer.
    if (System.getProperty("os.name").startsWith("Mac")) {
      return new File("/dev/fd");
    }
    System.out.println("[SKIPPED] leaked descriptors: this system does not list a process's own");
    return null;
  }
}
