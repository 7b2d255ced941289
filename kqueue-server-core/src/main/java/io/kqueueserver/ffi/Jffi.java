package io.kqueueserver.ffi;

import com.kenai.jffi.Library;
import com.kenai.jffi.MemoryIO;
import java.io.File;
import java.lang.reflect.Field;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * jffi's own native library, the stub through which every call goes. A JVM loads it once: after a
 * failure jffi answers only {@code NoClassDefFoundError}, so the first failure is kept and thrown
 * again.
 */
final class Jffi {
  /** The first JDK that warns of a class path which loads native code without being allowed to. */
  private static final int WARNS_OF_NATIVE_ACCESS = 24;

  private static final Jffi TRIED = new Jffi();

  private final boolean nativeAccessMissing;
  private final @Nullable Throwable failure;

  private Jffi() {
    // Asked before the load, which makes the JVM grant what it has warned of.
    nativeAccessMissing = isNativeAccessMissing();
    failure = load();
  }

  /**
   * @throws NativeUnavailableException with cause and remedy if the stub cannot be loaded
   */
  static void require() {
    Throwable failure = TRIED.failure;
    if (failure != null) {
      throw LoadDiagnosis.explain(LoadFacts.gather(failure), failure);
    }
  }

  /** Whether this JVM has allowed native code with the warning that a later one will not. */
  static boolean nativeAccessMissing() {
    return TRIED.nativeAccessMissing;
  }

  private static @Nullable Throwable load() {
    try {
      if (jffiDoesNotKnow(System.getProperty("os.name", ""))) {
        loadFromFolders();
      }
      MemoryIO.getInstance();
      Library.getDefault();
      return null;
    } catch (LinkageError | RuntimeException e) {
      return e;
    }
  }

  // StubLoader.determineOS (jffi 1.4.3) has no NetBSD and throws before it looks at
  // jffi.boot.library.path, the one way to provide a stub. So this class loads the user's file and
  // marks jffi's stub as loaded. LoadFailureTest.onNetBsdAStubOfOnesOwnIsUsed
  private static boolean jffiDoesNotKnow(String osName) {
    return osName.toLowerCase(Locale.ROOT).startsWith("netbsd");
  }

  /** The two places jffi would search before it looks into its jar. */
  private static void loadFromFolders() {
    for (String property : new String[] {"jffi.boot.library.path", "java.library.path"}) {
      for (String folder : System.getProperty(property, "").split(File.pathSeparator, -1)) {
        File stub = new File(folder, LoadDiagnosis.STUB).getAbsoluteFile();
        if (!folder.isEmpty() && stub.isFile()) {
          System.load(stub.getPath());
          markLoaded();
          return;
        }
      }
    }
  }

  private static void markLoaded() {
    try {
      Field loaded = Class.forName("com.kenai.jffi.Init").getDeclaredField("loaded");
      loaded.setAccessible(true);
      loaded.setBoolean(null, true);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("this jffi is not the one we know", e);
    }
  }

  private static boolean isNativeAccessMissing() {
    if (Runtime.version().feature() < WARNS_OF_NATIVE_ACCESS) {
      return false;
    }
    try {
      // By name: the method is newer than the Java release of the build.
      return Boolean.FALSE.equals(
          Module.class.getMethod("isNativeAccessEnabled").invoke(Library.class.getModule()));
    } catch (ReflectiveOperationException e) {
      return false;
    }
  }
}
