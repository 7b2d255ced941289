package io.kqueueserver.ffi;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What can be known about a machine on which jffi's own native library, the stub that makes calls,
 * does not load.
 *
 * @param osName Java's {@code os.name}
 * @param osArch Java's {@code os.arch}
 * @param tmpdir Java's {@code java.io.tmpdir}: where jffi unpacks its stub to
 * @param workingDirectory where it tries next
 * @param extractDir jffi's {@code jffi.extract.dir}: if set, the only place it unpacks to
 * @param bootLibraryPath jffi's {@code jffi.boot.library.path}: folders searched for a stub before
 * @param stub whether the class path holds a stub for this system
 * @param musl whether this process runs on musl instead of glibc
 * @param error all text of the loader's errors, stack traces included: jffi puts its causes into
 *     text
 */
record LoadFacts(
    String osName,
    String osArch,
    String tmpdir,
    String workingDirectory,
    @Nullable String extractDir,
    @Nullable String bootLibraryPath,
    Stub stub,
    boolean musl,
    String error) {

  /** The parts that the class path holds of jffi's native jar. */
  enum Stub {
    /** The stub of this system. */
    PRESENT,
    /** Stubs of other systems only. */
    FOR_OTHERS,
    /** None at all: the jar is missing, or its folder {@code jni} was stripped. */
    NONE
  }

  /** Looks round in this process. */
  static LoadFacts gather(Throwable error) {
    return new LoadFacts(
        System.getProperty("os.name", ""),
        System.getProperty("os.arch", ""),
        System.getProperty("java.io.tmpdir", ""),
        System.getProperty("user.dir", ""),
        System.getProperty("jffi.extract.dir"),
        System.getProperty("jffi.boot.library.path"),
        stub(error.toString()),
        runsOnMusl(),
        text(error));
  }

  private static Stub stub(String error) {
    // The two systems every jar with natives has had for ten years.
    boolean any =
        isPackaged("jni/x86_64-Linux/libjffi-1.2.so")
            || isPackaged("jni/Darwin/libjffi-1.2.jnilib");
    if (!any) {
      return Stub.NONE;
    }
    boolean searched =
        error.contains("could not locate stub") || error.contains("cannot determine");
    return searched ? Stub.FOR_OTHERS : Stub.PRESENT;
  }

  private static boolean isPackaged(String resource) {
    ClassLoader own = LoadFacts.class.getClassLoader();
    return (own != null ? own.getResource(resource) : ClassLoader.getSystemResource(resource))
        != null;
  }

  /** The dynamic linker this process was loaded by; a glibc system may have musl installed too. */
  private static boolean runsOnMusl() {
    try {
      return Files.readString(Path.of("/proc/self/maps")).contains("/ld-musl-");
    } catch (IOException | UnsupportedOperationException noProc) {
      return hasMuslLoader();
    }
  }

  private static boolean hasMuslLoader() {
    try (DirectoryStream<Path> loaders = Files.newDirectoryStream(Path.of("/lib"), "ld-musl-*")) {
      return loaders.iterator().hasNext();
    } catch (IOException e) {
      return false;
    }
  }

  private static String text(Throwable error) {
    StringWriter text = new StringWriter();
    error.printStackTrace(new PrintWriter(text));
    return text.toString();
  }
}
