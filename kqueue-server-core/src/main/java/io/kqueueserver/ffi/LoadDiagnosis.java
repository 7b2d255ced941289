package io.kqueueserver.ffi;

import java.util.Locale;

/**
 * Says why jffi's stub did not load and what to do. A pure function: {@code LoadDiagnosisTest} has
 * a row per cause, {@code LoadFailureTest} produces the real ones. What jffi reads and tries, in
 * this order (StubLoader, 1.4.3): {@code jffi.boot.library.path}, {@code java.library.path}, then a
 * copy unpacked to {@code jffi.extract.dir} if that is set, else to {@code java.io.tmpdir}, else to
 * the working directory.
 */
final class LoadDiagnosis {
  static final String STUB = "libjffi-1.2.so";

  static final String NATIVE_ACCESS_REMEDY =
      "put Enable-Native-Access: ALL-UNNAMED into the manifest of the jar you start, or start Java"
          + " with --enable-native-access=ALL-UNNAMED";

  private static final String OTHER_FOLDER =
      "name a folder that is writable and not mounted noexec: -Djava.io.tmpdir=<folder> for all of"
          + " Java, or -Djffi.extract.dir=<folder> for this library alone";

  private LoadDiagnosis() {}

  /** The failure of {@code cause}, explained. */
  static NativeUnavailableException explain(LoadFacts facts, Throwable cause) {
    String problem = problem(facts);
    if (facts.bootLibraryPath() != null) {
      problem +=
          " (jffi.boot.library.path="
              + facts.bootLibraryPath()
              + " is set, but no library could be loaded from there)";
    }
    return new NativeUnavailableException(problem, remedy(facts), cause);
  }

  private enum Cause {
    NATIVE_ACCESS_DENIED,
    CLASSES_MISSING,
    NOT_PACKAGED,
    NO_STUB,
    MUSL,
    NOT_EXECUTABLE,
    OTHER_ARCHITECTURE,
    NOT_WRITABLE,
    OTHER_VERSION,
    UNKNOWN
  }

  private static Cause cause(LoadFacts facts) {
    String error = facts.error();
    if (has(error, "Illegal native access", "IllegalCallerException")) {
      return Cause.NATIVE_ACCESS_DENIED;
    }
    if (has(error, "could not locate stub", "cannot determine operating", "cannot determine CPU")) {
      return facts.stub() == LoadFacts.Stub.NONE ? Cause.NOT_PACKAGED : Cause.NO_STUB;
    }
    // "Error loading shared library" and "Error relocating" are musl's words; glibc has others.
    if (has(error, "Error loading shared library", "Error relocating")) {
      return Cause.MUSL;
    }
    if (has(
        error, "wrong ELF class", "incompatible architecture", "compatible architecture (have")) {
      return Cause.OTHER_ARCHITECTURE;
    }
    // Before "not writable": a noexec folder and an unwritable working directory cause both texts.
    if (has(error, "failed to map segment", "Unable to execute or load")) {
      boolean refused = has(error, "failed to map", "not permitted", "Permission denied");
      return facts.musl() && !refused ? Cause.MUSL : Cause.NOT_EXECUTABLE;
    }
    if (has(error, "Unable to write jffi binary stub")) {
      return Cause.NOT_WRITABLE;
    }
    if (has(error, "incorrect native library version")) {
      return Cause.OTHER_VERSION;
    }
    boolean lost = has(error, "NoClassDefFoundError", "ClassNotFoundException");
    return lost && has(error, "com/kenai/jffi", "com.kenai.jffi", "jnr/ffi", "jnr.ffi")
        ? Cause.CLASSES_MISSING
        : Cause.UNKNOWN;
  }

  private static boolean has(String error, String... signs) {
    for (String sign : signs) {
      if (error.contains(sign)) {
        return true;
      }
    }
    return false;
  }

  private static String problem(LoadFacts facts) {
    String system = facts.osName() + " on " + facts.osArch();
    return switch (cause(facts)) {
      case NATIVE_ACCESS_DENIED ->
          "this JVM forbids native access to the class path, and jffi, which makes the system"
              + " calls, is on it";
      case CLASSES_MISSING -> "classes of jnr-ffi or jffi are missing: " + firstLine(facts);
      case NOT_PACKAGED ->
          "the class path holds no native library of jffi at all: jffi's native jar is missing, or"
              + " its folder jni was stripped when a jar was shaded";
      case NO_STUB -> "jffi brings no native library for " + system;
      case MUSL ->
          "this is musl libc (/lib/ld-musl-*), and jffi's native library is built for glibc";
      case NOT_EXECUTABLE ->
          "jffi's native library was unpacked to "
              + places(facts)
              + ", but the system will not execute it there, as under noexec: "
              + loaderLine(facts);
      case OTHER_ARCHITECTURE ->
          "jffi's native library is for another processor than this JVM, which runs as "
              + system
              + ": "
              + loaderLine(facts);
      case NOT_WRITABLE -> "jffi cannot write its native library to " + places(facts);
      case OTHER_VERSION ->
          "jffi and its native library are of different versions: " + firstLine(facts);
      case UNKNOWN -> "jffi cannot load its native library: " + firstLine(facts);
    };
  }

  private static String remedy(LoadFacts facts) {
    return switch (cause(facts)) {
      case NATIVE_ACCESS_DENIED -> NATIVE_ACCESS_REMEDY;
      case CLASSES_MISSING ->
          "keep com.github.jnr:jnr-ffi and com.github.jnr:jffi on the class path, and out of the"
              + " reach of minimizing shaders: jnr-ffi finds its classes by name";
      case NOT_PACKAGED ->
          "add com.github.jnr:jffi with the classifier native, in the version of jffi itself, and"
              + " keep jni/** when shading; or start Java with -Djffi.boot.library.path=<folder of "
              + STUB
              + ">";
      case NO_STUB ->
          isDragonFly(facts)
              ? "unpack jni/x86_64-DragonFlyBSD/"
                  + STUB
                  + " from jffi's native jar, and start Java with"
                  + " -Djffi.boot.library.path=<its folder>"
              : "build "
                  + STUB
                  + " from jffi's source on this system (docs/platforms.md has the steps), and"
                  + " start Java with -Djffi.boot.library.path=<its folder>";
      case MUSL ->
          "use an image or a system based on glibc, for example eclipse-temurin:25-jre in place of"
              + " eclipse-temurin:25-jre-alpine";
      case NOT_EXECUTABLE, NOT_WRITABLE -> OTHER_FOLDER;
      case OTHER_ARCHITECTURE -> "use a JDK built for this machine's own processor";
      case OTHER_VERSION ->
          "use one version of com.github.jnr:jffi, with and without the classifier native, and"
              + " remove an older "
              + STUB
              + " from java.library.path";
      case UNKNOWN ->
          "see docs/platforms.md for what jffi needs, and give it a library that loads here with"
              + " -Djffi.boot.library.path=<folder of "
              + STUB
              + ">";
    };
  }

  private static boolean isDragonFly(LoadFacts facts) {
    return facts.osName().toLowerCase(Locale.ROOT).startsWith("dragonfly");
  }

  private static String places(LoadFacts facts) {
    return facts.extractDir() != null
        ? "jffi.extract.dir=" + facts.extractDir()
        : "java.io.tmpdir="
            + facts.tmpdir()
            + " or the working directory "
            + facts.workingDirectory();
  }

  private static String firstLine(LoadFacts facts) {
    return facts.error().lines().findFirst().orElse("");
  }

  /** The message of the system's loader; it follows jffi's own line. */
  private static String loaderLine(LoadFacts facts) {
    return facts
        .error()
        .lines()
        .dropWhile(line -> !line.contains("Unable to execute or load"))
        .skip(1)
        .findFirst()
        .orElseGet(() -> firstLine(facts));
  }
}
