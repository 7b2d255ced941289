package io.kqueueserver.spring.autoconfigure;

import io.kqueueserver.ffi.Abi;
import io.kqueueserver.ffi.NativeUnavailableException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.condition.ConditionMessage;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.core.type.AnnotatedTypeMetadata;
import org.springframework.util.ClassUtils;

/**
 * Leaves the field to another server where ours has no ABI for the system. With no other server at
 * hand it matches all the same, and starting fails with the reason. Loads no native code.
 */
final class OnSupportedPlatformCondition extends SpringBootCondition {
  private static final List<String> PEERS =
      List.of(
          "org.springframework.boot.reactor.netty.autoconfigure.NettyReactiveWebServerAutoConfiguration",
          "org.springframework.boot.jetty.autoconfigure.reactive.JettyReactiveWebServerAutoConfiguration",
          "org.springframework.boot.tomcat.autoconfigure.reactive.TomcatReactiveWebServerAutoConfiguration");

  @Override
  public ConditionOutcome getMatchOutcome(
      ConditionContext context, AnnotatedTypeMetadata metadata) {
    ConditionMessage.Builder message = ConditionMessage.forCondition("kqueue platform");
    String reason = unsupported();
    if (reason == null || context.getEnvironment().containsProperty("kqueue.server.native.abi")) {
      return ConditionOutcome.match(message.because("the system is supported"));
    }
    boolean hasPeer =
        PEERS.stream().anyMatch(peer -> ClassUtils.isPresent(peer, context.getClassLoader()));
    return new ConditionOutcome(!hasPeer, message.because(reason));
  }

  private static @Nullable String unsupported() {
    try {
      Abi.host();
      return null;
    } catch (NativeUnavailableException e) {
      return String.valueOf(e.getMessage());
    }
  }
}
