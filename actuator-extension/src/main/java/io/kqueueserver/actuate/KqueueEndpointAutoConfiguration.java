package io.kqueueserver.actuate;

import io.kqueueserver.KqueueServer;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;

/** The kqueue endpoint, where it is exposed and accessible. */
@AutoConfiguration
@ConditionalOnClass({
  KqueueServer.class,
  ConditionalOnAvailableEndpoint.class,
  WebServerInitializedEvent.class
})
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
@EnableConfigurationProperties(KqueueEndpointProperties.class)
@Import(KqueueServersConfiguration.class)
public final class KqueueEndpointAutoConfiguration {

  // Its condition is here and not on the class: without actuator it cannot even be loaded.
  @Bean
  @ConditionalOnMissingBean
  @ConditionalOnAvailableEndpoint
  KqueueEndpoint kqueueEndpoint(KqueueServers servers, KqueueEndpointProperties properties) {
    return new KqueueEndpoint(servers, properties.getShowValues(), properties.getRoles());
  }
}
