package io.kqueueserver.ffi;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.ffi.LoadFacts.Stub;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** One row per cause: the text of the loader, and the message for the user. */
class LoadDiagnosisTest {
  private static final String TRIED = "could not locate stub library in jar file.  Tried [...]";
  private static final String REFUSED =
      "java.lang.UnsatisfiedLinkError: Unable to execute or load jffi binary stub from `/t`. Set"
          + " `TMPDIR` ...\n";

  /** {@code problem} and {@code remedy} are parts of the message. */
  record Row(String name, LoadFacts facts, String problem, String remedy) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Row> rows() {
    return Stream.of(
        new Row(
            "native access denied",
            said("java.lang.IllegalCallerException: Illegal native access from an unnamed module"),
            "this JVM forbids native access to the class path",
            "put Enable-Native-Access: ALL-UNNAMED into the manifest of the jar you start, or start"
                + " Java with --enable-native-access=ALL-UNNAMED"),
        new Row(
            "jni stripped or native jar missing",
            on("Linux", "amd64", Stub.NONE, false, TRIED),
            "no native library of jffi at all",
            "add com.github.jnr:jffi with the classifier native"),
        new Row(
            "no stub for NetBSD, which jffi does not even know",
            on("NetBSD", "amd64", Stub.FOR_OTHERS, false, "cannot determine operating system"),
            "jffi brings no native library for NetBSD on amd64",
            "build libjffi-1.2.so from jffi's source on this system (docs/platforms.md has the"
                + " steps), and start Java with -Djffi.boot.library.path=<its folder>"),
        new Row(
            "a stub for DragonFly, but under another name",
            on("DragonFly", "x86_64", Stub.FOR_OTHERS, false, TRIED),
            "jffi brings no native library for DragonFly on x86_64",
            "unpack jni/x86_64-DragonFlyBSD/libjffi-1.2.so from jffi's native jar"),
        new Row(
            "a processor jffi does not know",
            on("Linux", "z80", Stub.FOR_OTHERS, false, "cannot determine CPU"),
            "jffi brings no native library for Linux on z80",
            "-Djffi.boot.library.path=<its folder>"),
        new Row(
            "musl, in its linker's words",
            said(
                REFUSED
                    + "/t/jffi1.so: Error loading shared library ld-linux-x86-64.so.2: No such file"
                    + " or directory (needed by /t/jffi1.so)"),
            "this is musl libc (/lib/ld-musl-*)",
            "use an image or a system based on glibc"),
        new Row(
            "musl with a glibc shim that lacks a function",
            said(REFUSED + "/t/jffi1.so: Error relocating /t/jffi1.so: __rawmemchr: not found"),
            "this is musl libc",
            "eclipse-temurin:25-jre in place of eclipse-temurin:25-jre-alpine"),
        new Row(
            "musl, in other words",
            on("Linux", "aarch64", Stub.PRESENT, true, REFUSED + "/t/jffi1.so: cannot load"),
            "this is musl libc",
            "glibc"),
        new Row(
            "noexec",
            said(
                REFUSED
                    + "/t/jffi1.so: /t/jffi1.so: failed to map segment from shared object\n\tat"
                    + " com.kenai"),
            "unpacked to java.io.tmpdir=/t or the working directory /w, but the system will not"
                + " execute it there, as under noexec: /t/jffi1.so: /t/jffi1.so: failed to map"
                + " segment from shared object",
            "-Djava.io.tmpdir=<folder> for all of Java, or -Djffi.extract.dir=<folder>"),
        new Row(
            "noexec on musl is still noexec",
            on("Linux", "amd64", Stub.PRESENT, true, REFUSED + "/t/x: Operation not permitted"),
            "as under noexec",
            "not mounted noexec"),
        new Row(
            "noexec, and a working directory one may not write to",
            said(
                "java.io.IOException: Unable to write jffi binary stub to `/t`.\n"
                    + REFUSED
                    + "/t/jffi1.so: failed to map segment"),
            "as under noexec: /t/jffi1.so: failed to map segment",
            "-Djava.io.tmpdir=<folder>"),
        new Row(
            "nowhere to write",
            said("java.io.IOException: Unable to write jffi binary stub to `/t`. Set `TMPDIR` ..."),
            "jffi cannot write its native library to java.io.tmpdir=/t or the working directory /w",
            "name a folder that is writable and not mounted noexec"),
        new Row(
            "nowhere to write, in the folder the user named",
            new LoadFacts(
                "Linux",
                "amd64",
                "/t",
                "/w",
                "/x",
                null,
                Stub.PRESENT,
                false,
                "could not load jffi library from /x\nCaused by: java.io.IOException: Unable to write"
                    + " jffi binary stub to `/t`."),
            "jffi cannot write its native library to jffi.extract.dir=/x",
            "-Djffi.extract.dir=<folder>"),
        new Row(
            "a JVM of another processor",
            on(
                "Mac OS X",
                "aarch64",
                Stub.PRESENT,
                false,
                REFUSED + "dlopen(/t/jffi1.dylib): incompatible architecture (have 'x86_64')"),
            "for another processor than this JVM, which runs as Mac OS X on aarch64",
            "use a JDK built for this machine's own processor"),
        new Row(
            "two versions of jffi",
            said("java.lang.UnsatisfiedLinkError: incorrect native library version 1.0.1"),
            "of different versions: java.lang.UnsatisfiedLinkError: incorrect",
            "use one version of com.github.jnr:jffi, with and without the classifier native"),
        new Row(
            "classes shaded away",
            said("java.lang.NoClassDefFoundError: jnr/ffi/provider/jffi/Provider"),
            "classes of jnr-ffi or jffi are missing",
            "keep com.github.jnr:jnr-ffi"),
        new Row(
            "a library of the user's own that does not load, either",
            new LoadFacts(
                "NetBSD",
                "amd64",
                "/t",
                "/w",
                null,
                "/opt/jffi",
                Stub.FOR_OTHERS,
                false,
                "cannot determine operating system"),
            "jffi brings no native library for NetBSD on amd64 (jffi.boot.library.path=/opt/jffi is"
                + " set, but no library could be loaded from there)",
            "build libjffi-1.2.so"),
        new Row(
            "something new",
            said("java.lang.UnsatisfiedLinkError: the moon\n\tat x"),
            "jffi cannot load its native library: java.lang.UnsatisfiedLinkError: the moon",
            "see docs/platforms.md"));
  }

  private static LoadFacts said(String error) {
    return on("Linux", "amd64", Stub.PRESENT, false, error);
  }

  private static LoadFacts on(String os, String arch, Stub stub, boolean musl, String error) {
    return new LoadFacts(os, arch, "/t", "/w", null, null, stub, musl, error);
  }

  @ParameterizedTest
  @MethodSource("rows")
  void theCauseIsNamedWithItsRemedy(Row row) {
    Throwable cause = new UnsatisfiedLinkError();
    NativeUnavailableException told = LoadDiagnosis.explain(row.facts(), cause);
    assertThat(told.problem()).contains(row.problem());
    assertThat(told.remedy()).contains(row.remedy()).doesNotEndWith(".");
    assertThat(told).hasMessage(told.problem() + "; " + told.remedy()).hasCause(cause);
  }
}
