package io.kqueueserver.ffi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.kqueueserver.build.ChildJvm;
import io.kqueueserver.build.ChildJvm.Result;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opentest4j.TestAbortedException;

/** The causes of {@link LoadDiagnosis} that can be had here, each in a JVM of its own. */
class LoadFailureTest {
  /** The child: loads the binding twice, and says how that went. */
  static final class Main {
    private Main() {}

    public static void main(String[] args) {
      System.out.println("1 " + load());
      System.out.println("2 " + load());
      System.out.println("native access missing: " + Native.nativeAccessMissing());
    }

    private static String load() {
      try {
        return "loaded " + Native.load(NativeOptions.DEFAULTS).describe();
      } catch (NativeUnavailableException e) {
        return "problem=" + e.problem() + " remedy=" + e.remedy();
      }
    }
  }

  private static void assertFails(Result result, String problem, String remedy) {
    assertThat(result.exit()).as(result.err()).isZero();
    String first = line(result, "1 ");
    assertThat(first).startsWith("problem=").contains(problem).contains(remedy);
    assertThat(line(result, "2 ")).as("told again").isEqualTo(first);
  }

  private static String line(Result result, String start) {
    return result
        .out()
        .lines()
        .filter(line -> line.startsWith(start))
        .findFirst()
        .map(line -> line.substring(start.length()))
        .orElseThrow(() -> new AssertionError(result.toString()));
  }

  @Test
  void withoutJffisNativeJarItIsNamed() throws Exception {
    assertFails(
        ChildJvm.ofThisJdk().without("-native.jar").run(Main.class),
        "the class path holds no native library of jffi at all",
        "add com.github.jnr:jffi with the classifier native");
  }

  @Test
  void aFolderMountedNoexecIsNamed(@TempDir Path folder) throws Exception {
    mount(folder, "noexec");
    try {
      assertFails(
          ChildJvm.ofThisJdk().options("-Djava.io.tmpdir=" + folder).in(folder).run(Main.class),
          "unpacked to java.io.tmpdir=" + folder + " or the working directory " + folder,
          "-Djffi.extract.dir=<folder>");
    } finally {
      unmount(folder);
    }
  }

  @Test
  void theRemedyForNoexecIsOne(@TempDir Path folder, @TempDir Path elsewhere) throws Exception {
    mount(folder, "noexec");
    try {
      for (String remedy : new String[] {"java.io.tmpdir", "jffi.extract.dir"}) {
        Result result =
            ChildJvm.ofThisJdk()
                .options("-Djava.io.tmpdir=" + folder, "-D" + remedy + "=" + elsewhere)
                .in(folder)
                .run(Main.class);
        assertThat(line(result, "1 ")).as(remedy).startsWith("loaded ");
      }
    } finally {
      unmount(folder);
    }
  }

  @Test
  void aFolderNobodyMayWriteToIsNamed(@TempDir Path folder) throws Exception {
    boolean mounted = folder.toFile().setWritable(false) && Files.isWritable(folder);
    if (mounted) {
      mount(folder, "ro"); // we are root, whom permissions do not stop
    }
    try {
      assertFails(
          ChildJvm.ofThisJdk().options("-Djava.io.tmpdir=" + folder).in(folder).run(Main.class),
          "jffi cannot write its native library to java.io.tmpdir=" + folder,
          "-Djava.io.tmpdir=<folder>");
    } finally {
      if (mounted) {
        unmount(folder);
      }
      assertThat(folder.toFile().setWritable(true)).isTrue();
    }
  }

  private static void mount(Path folder, String option) throws Exception {
    assumeThat(System.getProperty("os.name"))
        .as("mounting a tmpfs is written for Linux")
        .isEqualTo("Linux");
    Process mount =
        new ProcessBuilder("mount", "-t", "tmpfs", "-o", option + ",size=4m", "tmpfs", "" + folder)
            .redirectErrorStream(true)
            .start();
    String said = new String(mount.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (mount.waitFor() != 0) {
      throw new TestAbortedException("no tmpfs can be mounted (are we root?): " + said.strip());
    }
  }

  private static void unmount(Path folder) throws Exception {
    assertThat(new ProcessBuilder("umount", folder.toString()).inheritIO().start().waitFor())
        .isZero();
  }

  @Test
  void aSystemWithoutAbiTablesIsNamed() throws Exception {
    assertFails(
        ChildJvm.ofThisJdk().options("-Dos.arch=riscv64").run(Main.class),
        "there are no ABI tables for " + System.getProperty("os.name") + " on riscv64",
        "use another embedded server here");
  }

  @Test
  void aJvmThatForbidsNativeAccessIsNamed() throws Exception {
    assertFails(
        ChildJvm.ofJdk(25).options("--illegal-native-access=deny").run(Main.class),
        "this JVM forbids native access",
        "--enable-native-access=ALL-UNNAMED");
  }

  @Test
  void aJvmThatWarnsOfNativeAccessIsNoticed() throws Exception {
    Result warned = ChildJvm.ofJdk(25).run(Main.class);
    assertThat(line(warned, "1 ")).startsWith("loaded ");
    assertThat(line(warned, "native access missing: ")).isEqualTo("true");
    assertThat(warned.err()).contains("WARNING: ");

    Result allowed =
        ChildJvm.ofJdk(25).options("--enable-native-access=ALL-UNNAMED").run(Main.class);
    assertThat(line(allowed, "native access missing: ")).isEqualTo("false");
    assertThat(allowed.err()).isEmpty();
  }

  @Test
  void onNetBsdTheMissingStubIsNamed() throws Exception {
    assertFails(
        ChildJvm.ofThisJdk().options("-Dos.name=NetBSD", "-Dos.arch=amd64").run(Main.class),
        "jffi brings no native library for NetBSD on amd64",
        "-Djffi.boot.library.path=<its folder>");
  }

  @Test
  void onNetBsdAStubOfOnesOwnIsUsed(@TempDir Path folder) throws Exception {
    // A Linux under another name: the stub is Linux's, the system a library that follows NetBSD.
    Path system = ForeignLibrary.compile("netbsd-x86_64", "system_on_linux.c");
    assumeThat(System.getProperty("os.arch")).isEqualTo("amd64");
    unpack("jni/x86_64-Linux/libjffi-1.2.so", folder.resolve("libjffi-1.2.so"));
    for (String property : new String[] {"jffi.boot.library.path", "java.library.path"}) {
      Result result =
          ChildJvm.ofThisJdk()
              .options(
                  "-Dos.name=NetBSD",
                  "-D" + property + "=" + folder,
                  "-Dkqueue.server.native.library=" + system,
                  "-Dkqueue.server.native.abi=netbsd-x86_64")
              .run(Main.class);
      assertThat(line(result, "1 "))
          .as(property)
          .isEqualTo("loaded kqueue of netbsd-x86_64, whole binding from " + system);
    }
  }

  private static void unpack(String resource, Path file) throws IOException {
    try (InputStream in = LoadFailureTest.class.getResourceAsStream("/" + resource)) {
      Files.copy(Objects.requireNonNull(in), file);
    }
  }
}
