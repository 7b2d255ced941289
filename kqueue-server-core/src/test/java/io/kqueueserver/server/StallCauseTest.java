package io.kqueueserver.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.server.observe.StallCause;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StallCauseTest {
  private static StackTraceElement frame(String owner, String method) {
    return new StackTraceElement(owner, method, null, -1);
  }

  private static List<StackTraceElement> stack(String owner, String method) {
    return List.of(
        frame("java.util.zip.Inflater", "inflate"),
        frame(owner, method),
        frame("com.example.Shop", "basket"),
        frame("io.kqueueserver.loop.EventLoop", "run"));
  }

  @ParameterizedTest
  @CsvSource({
    "java.lang.ClassLoader, loadClass, CLASS_LOADING",
    "java.lang.ClassLoader, defineClass1, CLASS_LOADING",
    "java.lang.Class, forName0, CLASS_LOADING",
    "jdk.internal.loader.BuiltinClassLoader, findClassOnClassPathOrNull, CLASS_LOADING",
    "java.lang.invoke.MethodHandleNatives, linkCallSite, CLASS_LOADING",
    "com.example.Prices, <clinit>, CLASS_LOADING",
    "org.springframework.beans.factory.support.DefaultSingletonBeanRegistry, getSingleton,"
        + " LAZY_INITIALIZATION",
    "java.lang.Class, getName, APPLICATION",
    "java.lang.ClassLoader, getResource, APPLICATION",
    "com.example.Prices, loadClass, APPLICATION",
  })
  void aStackTellsTheCause(String owner, String method, StallCause cause) {
    assertThat(StallCause.of(stack(owner, method), true, false)).isEqualTo(cause);
  }

  @Test
  void javaCodeIsCompiledAndWhatBlocksIsNot() {
    List<StackTraceElement> java = stack("com.example.Prices", "sum");
    List<StackTraceElement> blocked = new ArrayList<>(java);
    blocked.add(0, new StackTraceElement("sun.nio.ch.Net", "poll", "Net.java", -2));

    assertThat(StallCause.of(java, true, true)).isEqualTo(StallCause.COMPILATION);
    assertThat(StallCause.of(java, true, false)).isEqualTo(StallCause.APPLICATION);
    assertThat(StallCause.of(java, false, true)).isEqualTo(StallCause.APPLICATION);
    assertThat(StallCause.of(blocked, true, true)).isEqualTo(StallCause.APPLICATION);
    assertThat(StallCause.of(List.of(), true, true)).isEqualTo(StallCause.APPLICATION);
  }
}
