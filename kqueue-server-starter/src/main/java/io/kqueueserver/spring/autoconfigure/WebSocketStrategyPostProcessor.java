package io.kqueueserver.spring.autoconfigure;

import io.kqueueserver.spring.KqueueRequestUpgradeStrategy;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.util.ClassUtils;
import org.springframework.web.reactive.config.WebFluxConfigurationSupport;
import org.springframework.web.reactive.socket.server.RequestUpgradeStrategy;
import org.springframework.web.reactive.socket.server.WebSocketService;
import org.springframework.web.reactive.socket.server.support.HandshakeWebSocketService;
import org.springframework.web.reactive.socket.server.support.WebSocketHandlerAdapter;

/**
 * Gives the kqueue server's strategy to the beans of Spring that upgrade to WebSocket. Spring picks
 * a strategy by the class path, not by the server that runs, and the strategy of another server
 * fails on requests of this server.
 *
 * <p>Subclasses of those beans are not changed, because only the application can make an instance.
 */
final class WebSocketStrategyPostProcessor implements BeanPostProcessor {
  private static final String STRATEGIES_OF_SPRING =
      "org.springframework.web.reactive.socket.server.upgrade";

  private final ObjectProvider<KqueueRequestUpgradeStrategy> strategy;

  WebSocketStrategyPostProcessor(ObjectProvider<KqueueRequestUpgradeStrategy> strategy) {
    this.strategy = strategy;
  }

  @Override
  public Object postProcessBeforeInitialization(Object bean, String beanName) {
    if (bean.getClass() == WebSocketHandlerAdapter.class) {
      return withOurs((WebSocketHandlerAdapter) bean);
    }
    if (bean.getClass() == HandshakeWebSocketService.class) {
      return withOurs((HandshakeWebSocketService) bean);
    }
    return bean;
  }

  private WebSocketHandlerAdapter withOurs(WebSocketHandlerAdapter adapter) {
    WebSocketService before = adapter.getWebSocketService();
    WebSocketService after = withOurs(before);
    if (after == before) {
      return adapter;
    }
    WebSocketHandlerAdapter replacement = new WebSocketHandlerAdapter(after);
    replacement.setOrder(adapter.getOrder());
    return replacement;
  }

  private WebSocketService withOurs(WebSocketService service) {
    // WebFlux's placeholder for a missing strategy, whose class is private.
    if (service.getClass().getEnclosingClass() == WebFluxConfigurationSupport.class) {
      return new HandshakeWebSocketService(strategy.getObject());
    }
    return service.getClass() == HandshakeWebSocketService.class
        ? withOurs((HandshakeWebSocketService) service)
        : service;
  }

  private HandshakeWebSocketService withOurs(HandshakeWebSocketService service) {
    if (!isOfAnotherServer(service.getUpgradeStrategy())) {
      return service;
    }
    HandshakeWebSocketService replacement = new HandshakeWebSocketService(strategy.getObject());
    replacement.setSessionAttributePredicate(service.getSessionAttributePredicate());
    return replacement;
  }

  private static boolean isOfAnotherServer(RequestUpgradeStrategy strategy) {
    for (Class<?> type = strategy.getClass(); type != null; type = type.getSuperclass()) {
      if (ClassUtils.getPackageName(type).equals(STRATEGIES_OF_SPRING)) {
        return true;
      }
    }
    return false;
  }
}
