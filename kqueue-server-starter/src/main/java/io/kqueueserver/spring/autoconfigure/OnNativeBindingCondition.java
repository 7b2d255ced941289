package io.kqueueserver.spring.autoconfigure;

import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeUnavailableException;
import io.kqueueserver.spring.autoconfigure.KqueueServerProperties.NativeLibrary;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.condition.ConditionMessage;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.ConfigurationCondition;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotatedTypeMetadata;

/**
 * With {@code kqueue.server.fallback=true}, leaves the field to another server where ours cannot
 * load its native library. Otherwise, and with no other server at hand, it matches, loads nothing,
 * and a start that fails says why.
 */
final class OnNativeBindingCondition extends SpringBootCondition implements ConfigurationCondition {
  private static final Log logger = LogFactory.getLog(OnNativeBindingCondition.class);

  /** When beans are registered a condition is asked once; its line is logged once. */
  @Override
  public ConfigurationPhase getConfigurationPhase() {
    return ConfigurationPhase.REGISTER_BEAN;
  }

  @Override
  public ConditionOutcome getMatchOutcome(
      ConditionContext context, AnnotatedTypeMetadata metadata) {
    ConditionMessage.Builder message = ConditionMessage.forCondition("kqueue native binding");
    Environment environment = context.getEnvironment();
    if (!mayFallBack(environment)) {
      return ConditionOutcome.match(message.because("kqueue.server.fallback is not set"));
    }
    Peer peer = Peer.on(context.getClassLoader());
    if (peer == null) {
      return ConditionOutcome.match(message.because("there is no other reactive server"));
    }
    NativeUnavailableException failure = load(environment);
    if (failure == null) {
      return ConditionOutcome.match(message.because("it is loaded"));
    }
    logger.warn(
        "The kqueue server cannot run here and leaves the field to "
            + peer
            + " (kqueue.server.fallback=true): "
            + failure.getMessage());
    return ConditionOutcome.noMatch(message.because(String.valueOf(failure.getMessage())));
  }

  private static boolean mayFallBack(Environment environment) {
    return Boolean.TRUE.equals(
        Binder.get(environment).bind("kqueue.server.fallback", Boolean.class).orElse(false));
  }

  private static @Nullable NativeUnavailableException load(Environment environment) {
    try {
      Native.load(NativeLibrary.in(environment));
      return null;
    } catch (NativeUnavailableException e) {
      return e;
    }
  }
}
