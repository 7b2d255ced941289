package io.kqueueserver.spring.autoconfigure;

import io.kqueueserver.spring.KqueueReactiveWebServerFactory;
import io.kqueueserver.spring.KqueueRequestUpgradeStrategy;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Fallback;
import org.springframework.web.reactive.socket.server.RequestUpgradeStrategy;

/**
 * WebSocket for an application that the kqueue server serves. With another server, that server's
 * strategy stays.
 */
@AutoConfiguration(after = KqueueServerAutoConfiguration.class)
@ConditionalOnClass(RequestUpgradeStrategy.class)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
@ConditionalOnBean(KqueueReactiveWebServerFactory.class)
public final class KqueueWebSocketAutoConfiguration {

  // A fallback bean, because Spring Cloud Gateway defines a strategy too and injects a single one.
  @Bean
  @Fallback
  @ConditionalOnMissingBean
  KqueueRequestUpgradeStrategy kqueueRequestUpgradeStrategy() {
    return new KqueueRequestUpgradeStrategy();
  }

  /** Where the strategy is, clients may use it over HTTP/2 too. */
  @Bean
  WebServerFactoryCustomizer<KqueueReactiveWebServerFactory> kqueueWebSocketOverHttp2() {
    return factory -> factory.setWebSocketOverHttp2(true);
  }

  @Bean
  static WebSocketStrategyPostProcessor kqueueWebSocketStrategyPostProcessor(
      ObjectProvider<KqueueRequestUpgradeStrategy> strategy) {
    return new WebSocketStrategyPostProcessor(strategy);
  }
}
