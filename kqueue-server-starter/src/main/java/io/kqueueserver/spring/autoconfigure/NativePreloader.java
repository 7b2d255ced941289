package io.kqueueserver.spring.autoconfigure;

import io.kqueueserver.KqueueServer;
import io.kqueueserver.spring.autoconfigure.KqueueServerProperties.NativeLibrary;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.context.event.ApplicationEnvironmentPreparedEvent;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.ApplicationListener;
import org.springframework.core.env.Environment;

/**
 * Starts to load the native library as soon as the properties that name it are known, beside the
 * rest of the start-up, which takes longer. Says nothing if it fails: starting the server will.
 */
final class NativePreloader implements ApplicationListener<ApplicationEnvironmentPreparedEvent> {
  @Override
  public void onApplicationEvent(ApplicationEnvironmentPreparedEvent event) {
    Binder binder = Binder.get(event.getEnvironment());
    WebApplicationType type =
        binder
            .bind("spring.main.web-application-type", WebApplicationType.class)
            .orElseGet(event.getSpringApplication()::getWebApplicationType);
    if (type == WebApplicationType.REACTIVE && !isNotToListen(event.getEnvironment())) {
      KqueueServer.preload(NativeLibrary.in(event.getEnvironment()));
    }
  }

  private static boolean isNotToListen(Environment environment) {
    return environment.getProperty("server.port", "").startsWith("-");
  }
}
