package io.kqueueserver.actuate;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Defines the bean {@link KqueueServers} for the auto-configurations that report on servers. */
@Configuration(proxyBeanMethods = false)
class KqueueServersConfiguration {
  @Bean
  @ConditionalOnMissingBean
  KqueueServers kqueueServers(ObjectProvider<KqueueServerObserver> observers) {
    return new KqueueServers(observers);
  }
}
