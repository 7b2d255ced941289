package io.kqueueserver.spring.autoconfigure;

import io.kqueueserver.spring.KqueueReactiveWebServerFactory;
import io.kqueueserver.spring.KqueueRequestUpgradeStrategy;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Fallback;
import org.springframework.web.reactive.socket.server.RequestUpgradeStrategy;

/** WebSocket where the kqueue server is the one that runs; other servers keep their strategy. */
@AutoConfiguration(after = KqueueServerAutoConfiguration.class)
@ConditionalOnClass(RequestUpgradeStrategy.class)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
@ConditionalOnBean(KqueueReactiveWebServerFactory.class)
public final class KqueueWebSocketAutoConfiguration {

  // A fallback, as Spring Cloud Gateway has a strategy bean too and asks for the one there is.
  @Bean
  @Fallback
  @ConditionalOnMissingBean
  KqueueRequestUpgradeStrategy kqueueRequestUpgradeStrategy() {
    return new KqueueRequestUpgradeStrategy();
  }

  @Bean
  static WebSocketStrategyPostProcessor kqueueWebSocketStrategyPostProcessor(
      ObjectProvider<KqueueRequestUpgradeStrategy> strategy) {
    return new WebSocketStrategyPostProcessor(strategy);
  }
}
