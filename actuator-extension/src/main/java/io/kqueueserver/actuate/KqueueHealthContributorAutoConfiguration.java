package io.kqueueserver.actuate;

import io.kqueueserver.KqueueServer;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.autoconfigure.contributor.HealthContributorAutoConfiguration;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;

/** Defines the health contributor {@code kqueue}. */
@AutoConfiguration(before = HealthContributorAutoConfiguration.class)
@ConditionalOnClass({
  KqueueServer.class,
  Health.class,
  ConditionalOnEnabledHealthIndicator.class,
  WebServerInitializedEvent.class
})
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
@EnableConfigurationProperties(KqueueHealthProperties.class)
@Import(KqueueServersConfiguration.class)
public final class KqueueHealthContributorAutoConfiguration {

  // The condition is on the method and not on the class: without spring-boot-health it cannot be
  // loaded.
  @Bean
  @ConditionalOnEnabledHealthIndicator("kqueue")
  @ConditionalOnMissingBean(name = "kqueueHealthIndicator")
  KqueueHealthIndicator kqueueHealthIndicator(
      KqueueServers servers, KqueueHealthProperties properties) {
    return new KqueueHealthIndicator(servers, properties);
  }
}
