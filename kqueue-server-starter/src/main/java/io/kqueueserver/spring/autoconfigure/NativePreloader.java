package io.kqueueserver.spring.autoconfigure;

import io.kqueueserver.KqueueServer;
import io.kqueueserver.spring.autoconfigure.KqueueServerProperties.NativeLibrary;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.context.event.ApplicationEnvironmentPreparedEvent;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.ApplicationListener;
import org.springframework.context.aot.AbstractAotProcessor;
import org.springframework.core.env.Environment;

/**
 * Starts to load the native library as soon as the properties that name it are known, in parallel
 * to the rest of the start-up, which takes longer. A failure is not reported here, because the
 * start of the server reports it.
 */
final class NativePreloader implements ApplicationListener<ApplicationEnvironmentPreparedEvent> {
  @Override
  public void onApplicationEvent(ApplicationEnvironmentPreparedEvent event) {
    Environment environment = event.getEnvironment();
    if (willListen(environment, event.getSpringApplication().getWebApplicationType())) {
      KqueueServer.preload(NativeLibrary.in(environment));
    }
  }

  /**
   * Whether the application is likely to start a server.
   *
   * @param deduced the type of the application unless a property sets another
   */
  static boolean willListen(Environment environment, @Nullable WebApplicationType deduced) {
    WebApplicationType type =
        Binder.get(environment)
            .bind("spring.main.web-application-type", WebApplicationType.class)
            .orElse(deduced);
    return type == WebApplicationType.REACTIVE
        && !environment.getProperty("server.port", "").startsWith("-")
        // A build prepares beans and starts none; its machine need not have the native library.
        && !Boolean.getBoolean(AbstractAotProcessor.AOT_PROCESSING);
  }
}
