package io.kqueueserver.spring.autoconfigure;

import io.kqueueserver.spring.KqueueRequestUpgradeStrategy;
import io.kqueueserver.spring.KqueueWebServer;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.web.server.reactive.context.ReactiveWebServerInitializedEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.web.reactive.handler.AbstractUrlHandlerMapping;
import org.springframework.web.reactive.socket.WebSocketHandler;

/**
 * Names, once the server listens, the WebSocket handlers that no client can reach. Beans that are
 * not there yet are not made for it.
 */
final class WebSocketWarning implements ApplicationListener<ReactiveWebServerInitializedEvent> {
  private static final Log logger = LogFactory.getLog(WebSocketWarning.class);

  // The event of the management server comes here too, with its own context, and is asked the same.
  @Override
  public void onApplicationEvent(ReactiveWebServerInitializedEvent event) {
    if (!(event.getWebServer() instanceof KqueueWebServer)) {
      return;
    }
    ConfigurableListableBeanFactory beans = event.getApplicationContext().getBeanFactory();
    Collection<String> handlers = paths(beans);
    if (handlers.isEmpty()) {
      handlers = List.of(beans.getBeanNamesForType(WebSocketHandler.class, true, false));
    }
    if (!handlers.isEmpty()) {
      logger.warn(
          "WebSocket handlers cannot be reached, every handshake is answered 501: "
              + KqueueRequestUpgradeStrategy.REASON
              + ". Handlers: "
              + String.join(", ", handlers));
    }
  }

  private static Collection<String> paths(ConfigurableListableBeanFactory beans) {
    Collection<String> paths = new TreeSet<>();
    for (String name : beans.getBeanNamesForType(AbstractUrlHandlerMapping.class, true, false)) {
      if (beans.containsSingleton(name)) {
        beans
            .getBean(name, AbstractUrlHandlerMapping.class)
            .getHandlerMap()
            .forEach(
                (pattern, handler) -> {
                  if (isWebSocket(handler, beans)) {
                    paths.add(pattern.getPatternString());
                  }
                });
      }
    }
    return paths;
  }

  /** Mappings hold handlers, or names of beans that are to be made at the first request. */
  private static boolean isWebSocket(Object handler, ConfigurableListableBeanFactory beans) {
    return handler instanceof String name
        ? beans.containsBean(name) && beans.isTypeMatch(name, WebSocketHandler.class)
        : handler instanceof WebSocketHandler;
  }
}
