package io.kqueueserver.spring.autoconfigure;

import io.kqueueserver.spring.KqueueReactiveWebServerFactory;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.actuate.autoconfigure.web.server.ConditionalOnManagementPort;
import org.springframework.boot.actuate.autoconfigure.web.server.ManagementContextFactory;
import org.springframework.boot.actuate.autoconfigure.web.server.ManagementPortType;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.web.server.reactive.ReactiveWebServerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Primary;

/**
 * Serves a separate management port by a second kqueue server. The factory is primary, because
 * another server's module on the class path offers a factory of its own.
 */
@AutoConfiguration(after = KqueueServerAutoConfiguration.class)
@ConditionalOnClass(ManagementContextFactory.class)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
@ConditionalOnBean(KqueueReactiveWebServerFactory.class)
public final class KqueueManagementContextAutoConfiguration {

  // Here and not on the class: without actuator this condition cannot even be loaded.
  @Bean
  @Primary
  @ConditionalOnManagementPort(ManagementPortType.DIFFERENT)
  static ManagementContextFactory kqueueManagementContextFactory() {
    return new ManagementContextFactory(
        WebApplicationType.REACTIVE,
        ReactiveWebServerFactory.class,
        KqueueServerAutoConfiguration.class);
  }
}
