package io.kqueueserver.server.observe;

import java.util.List;

/**
 * The cause of a stall, derived from the stack of the loop's thread. All constants but {@link
 * #APPLICATION} are work that code costs once, when it runs for the first time.
 */
public enum StallCause {
  /** Handlers and tasks: the same request may stall the loop again. */
  APPLICATION(""),
  /** Classes were loaded, linked or initialised. */
  CLASS_LOADING("while classes were loaded"),
  /** Spring created a singleton bean at its first use. */
  LAZY_INITIALIZATION("while a bean was created at its first use"),
  /** The thread ran Java code, and the JVM's compilers were busy. */
  COMPILATION("while the JVM compiled");

  /** Methods of {@link ClassLoader} and {@link Class} that end in a class being loaded. */
  private static final List<String> LOADING = List.of("loadClass", "defineClass", "forName");

  /** Linking of lambdas, concatenations and method handles, which spins classes. */
  private static final List<String> LINKING =
      List.of(
          "java.lang.invoke.MethodHandleNatives",
          "java.lang.invoke.LambdaMetafactory",
          "java.lang.invoke.StringConcatFactory");

  private static final String BEAN_REGISTRY =
      "org.springframework.beans.factory.support.DefaultSingletonBeanRegistry";

  private final String phrase;

  StallCause(String phrase) {
    this.phrase = phrase;
  }

  /** Whether the cause does not recur once the code has run. */
  public boolean isWarmUp() {
    return this != APPLICATION;
  }

  /** The phrase of a log line; empty for {@link #APPLICATION}. */
  String phrase() {
    return phrase;
  }

  /**
   * The cause that a stack shows, innermost first.
   *
   * @param stack the stack of the loop's thread, which blocks in native methods only
   * @param runnable whether the thread's state was {@code RUNNABLE}
   * @param compiling whether the JVM's compilers were busy in the meantime
   */
  public static StallCause of(List<StackTraceElement> stack, boolean runnable, boolean compiling) {
    for (StackTraceElement frame : stack) {
      if (isClassLoading(frame)) {
        return CLASS_LOADING;
      }
      if (frame.getClassName().equals(BEAN_REGISTRY)
          && frame.getMethodName().equals("getSingleton")) {
        return LAZY_INITIALIZATION;
      }
    }
    boolean runsJava = runnable && !stack.isEmpty() && !stack.get(0).isNativeMethod();
    return runsJava && compiling ? COMPILATION : APPLICATION;
  }

  private static boolean isClassLoading(StackTraceElement frame) {
    String owner = frame.getClassName();
    String method = frame.getMethodName();
    if (method.equals("<clinit>")) {
      return true;
    }
    if (owner.equals("java.lang.ClassLoader") || owner.equals("java.lang.Class")) {
      return LOADING.stream().anyMatch(method::startsWith);
    }
    return owner.startsWith("jdk.internal.loader.") || LINKING.contains(owner);
  }
}
