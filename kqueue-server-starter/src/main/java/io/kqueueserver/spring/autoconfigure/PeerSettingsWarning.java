package io.kqueueserver.spring.autoconfigure;

import io.kqueueserver.spring.KqueueReactiveWebServerFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.core.ResolvableType;
import org.springframework.core.env.Environment;
import org.springframework.util.ClassUtils;

/**
 * Warns at start of settings and beans that only another server would read, one line each. Values
 * are not shown. The order of customizers does not matter to it.
 */
final class PeerSettingsWarning
    implements WebServerFactoryCustomizer<KqueueReactiveWebServerFactory> {
  private static final Log logger = LogFactory.getLog(PeerSettingsWarning.class);

  private static final ConfigurationPropertyName SERVER = ConfigurationPropertyName.of("server");

  private static final String NETTY_CUSTOMIZER =
      "org.springframework.boot.reactor.netty.NettyServerCustomizer";

  private static final String NETTY_FACTORY =
      "org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory";

  private final Environment environment;
  private final ListableBeanFactory beans;

  PeerSettingsWarning(Environment environment, ListableBeanFactory beans) {
    this.environment = environment;
    this.beans = beans;
  }

  /** The management server has the same settings, which the application's server has reported. */
  @Override
  public void customize(KqueueReactiveWebServerFactory factory) {
    if (!factory.isForManagement()) {
      warnings().forEach(logger::warn);
    }
  }

  List<String> warnings() {
    List<String> warnings = new ArrayList<>();
    ignoredKeys()
        .forEach(
            (key, counterpart) ->
                warnings.add(
                    "'" + key + "' is not read by the kqueue server. Here: " + counterpart + "."));
    for (String name : nettyCustomizers()) {
      warnings.add(
          "Bean '"
              + name
              + "' customizes Reactor Netty, which does not serve this application. Here: a"
              + " KqueueServerCustomizer.");
    }
    return warnings;
  }

  /** The keys that are set, with their counterparts. */
  private Map<ConfigurationPropertyName, String> ignoredKeys() {
    PeerSettings settings = PeerSettings.load();
    Map<ConfigurationPropertyName, String> ignored = new TreeMap<>();
    for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
      if (source instanceof IterableConfigurationPropertySource names) {
        for (ConfigurationPropertyName name : names) {
          String counterpart = SERVER.isAncestorOf(name) ? settings.counterpart(name) : null;
          if (counterpart != null) {
            ignored.put(name, counterpart);
          }
        }
      }
    }
    return ignored;
  }

  /** Names of the user's beans. Spring Boot's own are there wherever Reactor Netty is. */
  private List<String> nettyCustomizers() {
    List<String> names = new ArrayList<>();
    Class<?> customizer = find(NETTY_CUSTOMIZER);
    Class<?> factory = find(NETTY_FACTORY);
    if (customizer != null && factory != null) {
      names.addAll(List.of(beans.getBeanNamesForType(customizer, true, false)));
      names.addAll(
          List.of(
              beans.getBeanNamesForType(
                  ResolvableType.forClassWithGenerics(WebServerFactoryCustomizer.class, factory),
                  true,
                  false)));
      names.removeIf(this::isSpringBoots);
    }
    return names;
  }

  private boolean isSpringBoots(String name) {
    Class<?> type = beans.getType(name, false);
    return type == null
        || type.getName().startsWith("org.springframework.boot.reactor.netty.autoconfigure.");
  }

  private @Nullable Class<?> find(String className) {
    ClassLoader classPath = getClass().getClassLoader();
    return ClassUtils.isPresent(className, classPath)
        ? ClassUtils.resolveClassName(className, classPath)
        : null;
  }
}
