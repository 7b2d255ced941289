package io.kqueueserver.spring.autoconfigure;

import io.kqueueserver.KqueueServer;
import io.kqueueserver.spring.KqueueReactiveWebServerFactory;
import io.kqueueserver.spring.KqueueServerCustomizer;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.web.server.autoconfigure.ServerProperties;
import org.springframework.boot.web.server.autoconfigure.reactive.ReactiveWebServerConfiguration;
import org.springframework.boot.web.server.reactive.ReactiveWebServerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;
import org.springframework.http.ReactiveHttpInputMessage;

/**
 * Makes the kqueue server the reactive web server, before any other may and unless the user has
 * one.
 */
@AutoConfiguration(
    beforeName = {
      Peer.NETTY_AUTO_CONFIGURATION,
      Peer.JETTY_AUTO_CONFIGURATION,
      Peer.TOMCAT_AUTO_CONFIGURATION
    })
@ConditionalOnClass({KqueueServer.class, ReactiveHttpInputMessage.class})
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
@Conditional(OnNativeBindingCondition.class)
@EnableConfigurationProperties({
  KqueueServerProperties.class,
  KqueueListenProperties.class,
  KqueueTimeoutProperties.class,
  KqueueRequestProperties.class,
  KqueueBufferProperties.class,
  KqueueHttp2Properties.class,
  KqueueWebSocketProperties.class
})
@Import(ReactiveWebServerConfiguration.class)
public final class KqueueServerAutoConfiguration {

  @Bean
  @ConditionalOnMissingBean(ReactiveWebServerFactory.class)
  KqueueReactiveWebServerFactory kqueueReactiveWebServerFactory(
      ObjectProvider<KqueueServerCustomizer> serverCustomizers) {
    KqueueReactiveWebServerFactory factory = new KqueueReactiveWebServerFactory();
    factory.getServerCustomizers().addAll(serverCustomizers.orderedStream().toList());
    return factory;
  }

  @Bean
  KqueueServerFactoryCustomizer kqueueServerFactoryCustomizer(
      Environment environment,
      ServerProperties serverProperties,
      KqueueServerProperties server,
      KqueueListenProperties listen,
      KqueueTimeoutProperties timeouts,
      KqueueRequestProperties requests,
      KqueueBufferProperties buffers,
      KqueueHttp2Properties http2,
      KqueueWebSocketProperties webSocket) {
    return new KqueueServerFactoryCustomizer(
        environment,
        serverProperties,
        new KqueuePropertyGroups(server, listen, timeouts, requests, buffers, http2, webSocket));
  }
}
