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
 * Decides whether the kqueue server serves the application. With {@code
 * kqueue.server.fallback=true} and another server on the class path, the condition does not match
 * if the native library cannot be loaded. In all other cases the condition matches and loads
 * nothing; a start that fails reports the reason.
 */
final class OnNativeBindingCondition extends SpringBootCondition implements ConfigurationCondition {
  private static final Log logger = LogFactory.getLog(OnNativeBindingCondition.class);

  /** The phase of bean registration, in which a condition is evaluated and logged once. */
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
