package io.kqueueserver.actuate;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The servers of the application, for every auto-configuration that reports on them. */
@Configuration(proxyBeanMethods = false)
class KqueueServersConfiguration {
  @Bean
  @ConditionalOnMissingBean
  KqueueServers kqueueServers(ObjectProvider<KqueueServerObserver> observers) {
    return new KqueueServers(observers);
  }
}
