package io.kqueueserver.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CastToExchangeInsteadTest {
  /** Stands for a class of another server. */
  private static final class HttpServerRequest {}

  static Stream<Method> calls() {
    return Arrays.stream(Exchange.class.getMethods())
        .filter(method -> !Modifier.isStatic(method.getModifiers()));
  }

  @ParameterizedTest
  @MethodSource("calls")
  void everyCallReachesTheExchange(Method call) throws Exception {
    AtomicReference<Method> called = new AtomicReference<>();
    Exchange exchange =
        (Exchange)
            Proxy.newProxyInstance(
                Exchange.class.getClassLoader(),
                new Class<?>[] {Exchange.class},
                (proxy, method, arguments) -> {
                  called.set(method);
                  return method.getReturnType() == boolean.class ? false : null;
                });
    Object[] arguments =
        Arrays.stream(call.getParameterTypes())
            .map(type -> type == int.class ? (Object) 1 : type == long.class ? (Object) 1L : null)
            .toArray();
    call.invoke(CastToExchangeInstead.of(exchange), arguments);
    assertThat(called).hasValue(call);
  }

  @Test
  void aCastThatCannotWorkSaysWhatToUse() {
    Exchange exchange =
        (Exchange)
            Proxy.newProxyInstance(
                Exchange.class.getClassLoader(),
                new Class<?>[] {Exchange.class},
                (proxy, method, arguments) -> null);
    Object nativeRequest = CastToExchangeInstead.of(exchange);
    assertThatThrownBy(() -> ((HttpServerRequest) nativeRequest).hashCode())
        .isInstanceOf(ClassCastException.class)
        .hasMessageStartingWith(
            "class io.kqueueserver.http.CastToExchangeInstead cannot be cast to");
  }
}
