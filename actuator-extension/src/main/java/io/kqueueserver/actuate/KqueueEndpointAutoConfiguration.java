package io.kqueueserver.actuate;

import io.kqueueserver.KqueueServer;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;

/** Defines the kqueue endpoint, if it is exposed and accessible. */
@AutoConfiguration
@ConditionalOnClass({
  KqueueServer.class,
  ConditionalOnAvailableEndpoint.class,
  WebServerInitializedEvent.class
})
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
@EnableConfigurationProperties({KqueueEndpointProperties.class, KqueueEndpointOperations.class})
@Import(KqueueServersConfiguration.class)
public final class KqueueEndpointAutoConfiguration {

  // The condition is on the method and not on the class: without actuator it cannot be loaded.
  @Bean
  @ConditionalOnMissingBean
  @ConditionalOnAvailableEndpoint
  KqueueEndpoint kqueueEndpoint(
      KqueueServers servers,
      KqueueEndpointProperties properties,
      KqueueEndpointOperations operations,
      ApplicationEventPublisher events) {
    return new KqueueEndpoint(
        servers,
        properties.getShowValues(),
        properties.getRoles(),
        new ConnectionCloser(servers, operations.isCloseConnections(), events));
  }
}
