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
 * Starts to load the native library as soon as the properties that name it are known, beside the
 * rest of the start-up, which takes longer. Says nothing if it fails: starting the server will.
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
   * Whether a server is likely to be started here.
   *
   * @param deduced what the application is unless a property says otherwise
   */
  static boolean willListen(Environment environment, @Nullable WebApplicationType deduced) {
    WebApplicationType type =
        Binder.get(environment)
            .bind("spring.main.web-application-type", WebApplicationType.class)
            .orElse(deduced);
    return type == WebApplicationType.REACTIVE
        && !environment.getProperty("server.port", "").startsWith("-")
        // A build prepares beans and starts none; its machine need not be able to.
        && !Boolean.getBoolean(AbstractAotProcessor.AOT_PROCESSING);
  }
}
