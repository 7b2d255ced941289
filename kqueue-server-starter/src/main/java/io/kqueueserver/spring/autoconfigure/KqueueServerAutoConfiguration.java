package io.kqueueserver.spring.autoconfigure;

import io.kqueueserver.KqueueServer;
import io.kqueueserver.spring.KqueueReactiveWebServerFactory;
import io.kqueueserver.spring.KqueueServerCustomizer;
import org.springframework.beans.factory.ListableBeanFactory;
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
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;
import org.springframework.http.ReactiveHttpInputMessage;

/**
 * Makes the kqueue server the reactive web server. It comes before Spring Boot's other servers and
 * backs off if the application defines a factory.
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
      KqueueAdmissionProperties admission,
      KqueueTimeoutProperties timeouts,
      KqueueRequestProperties requests,
      KqueueBufferProperties buffers,
      KqueueHttp2Properties http2,
      KqueueWebSocketProperties webSocket) {
    return new KqueueServerFactoryCustomizer(
        environment,
        serverProperties,
        new KqueuePropertyGroups(
            server, listen, admission, timeouts, requests, buffers, http2, webSocket));
  }

  @Bean
  PeerSettingsWarning kqueuePeerSettingsWarning(
      Environment environment, ListableBeanFactory beans) {
    return new PeerSettingsWarning(environment, beans);
  }

  /*
   * One class each: EnableConfigurationProperties registers several classes in the order of their
   * identity hashes, and what is built ahead of time would differ from build to build
   * (SpringArchitectureTests).
   */

  @Configuration(proxyBeanMethods = false)
  @EnableConfigurationProperties(KqueueServerProperties.class)
  static class ServerKeys {}

  @Configuration(proxyBeanMethods = false)
  @EnableConfigurationProperties(KqueueListenProperties.class)
  static class ListenKeys {}

  @Configuration(proxyBeanMethods = false)
  @EnableConfigurationProperties(KqueueAdmissionProperties.class)
  static class AdmissionKeys {}

  @Configuration(proxyBeanMethods = false)
  @EnableConfigurationProperties(KqueueTimeoutProperties.class)
  static class TimeoutKeys {}

  @Configuration(proxyBeanMethods = false)
  @EnableConfigurationProperties(KqueueRequestProperties.class)
  static class RequestKeys {}

  @Configuration(proxyBeanMethods = false)
  @EnableConfigurationProperties(KqueueBufferProperties.class)
  static class BufferKeys {}

  @Configuration(proxyBeanMethods = false)
  @EnableConfigurationProperties(KqueueHttp2Properties.class)
  static class Http2Keys {}

  @Configuration(proxyBeanMethods = false)
  @EnableConfigurationProperties(KqueueWebSocketProperties.class)
  static class WebSocketKeys {}
}
