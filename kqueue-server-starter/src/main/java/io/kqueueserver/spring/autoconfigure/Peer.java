package io.kqueueserver.spring.autoconfigure;

import org.jspecify.annotations.Nullable;
import org.springframework.util.ClassUtils;

/** The other reactive servers of Spring Boot, in the order in which they would be chosen. */
enum Peer {
  JETTY("Jetty", Peer.JETTY_AUTO_CONFIGURATION, "org.eclipse.jetty.server.Server"),
  REACTOR_NETTY(
      "Reactor Netty", Peer.NETTY_AUTO_CONFIGURATION, "reactor.netty.http.server.HttpServer"),
  TOMCAT("Tomcat", Peer.TOMCAT_AUTO_CONFIGURATION, "org.apache.catalina.startup.Tomcat");

  static final String NETTY_AUTO_CONFIGURATION =
      "org.springframework.boot.reactor.netty.autoconfigure.NettyReactiveWebServerAutoConfiguration";
  static final String JETTY_AUTO_CONFIGURATION =
      "org.springframework.boot.jetty.autoconfigure.reactive.JettyReactiveWebServerAutoConfiguration";
  static final String TOMCAT_AUTO_CONFIGURATION =
      "org.springframework.boot.tomcat.autoconfigure.reactive.TomcatReactiveWebServerAutoConfiguration";

  private final String title;
  private final String autoConfiguration;
  private final String server;

  Peer(String title, String autoConfiguration, String server) {
    this.title = title;
    this.autoConfiguration = autoConfiguration;
    this.server = server;
  }

  /** The server that would serve in place of the kqueue server; null if there is none. */
  static @Nullable Peer on(@Nullable ClassLoader classPath) {
    for (Peer peer : values()) {
      if (ClassUtils.isPresent(peer.autoConfiguration, classPath)
          && ClassUtils.isPresent(peer.server, classPath)) {
        return peer;
      }
    }
    return null;
  }

  @Override
  public String toString() {
    return title;
  }
}
