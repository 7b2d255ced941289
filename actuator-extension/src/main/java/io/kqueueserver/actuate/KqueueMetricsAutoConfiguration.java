package io.kqueueserver.actuate;

import io.kqueueserver.KqueueServer;
import io.micrometer.core.instrument.MeterRegistry;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;

/** Binds the servers' meters if there is a registry. */
@AutoConfiguration(
    afterName =
        "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration")
@ConditionalOnClass({KqueueServer.class, MeterRegistry.class, WebServerInitializedEvent.class})
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
@ConditionalOnBean(MeterRegistry.class)
@Import(KqueueServersConfiguration.class)
public final class KqueueMetricsAutoConfiguration {

  @Bean
  @ConditionalOnMissingBean
  KqueueMetricsBinder kqueueMetricsBinder(MeterRegistry registry) {
    return new KqueueMetricsBinder(registry);
  }

  @Bean
  @ConditionalOnMissingBean
  KqueueProcessMetrics kqueueProcessMetrics() {
    return new KqueueProcessMetrics();
  }
}
