package io.kqueueserver.spring.autoconfigure;

import io.kqueueserver.watch.FileChanges;
import io.kqueueserver.watch.FileWatcher;
import io.kqueueserver.watch.WatchException;
import io.kqueueserver.watch.WatchListener;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.ssl.JksSslBundleProperties;
import org.springframework.boot.autoconfigure.ssl.PemSslBundleProperties;
import org.springframework.boot.autoconfigure.ssl.PropertiesSslBundle;
import org.springframework.boot.autoconfigure.ssl.SslBundleProperties;
import org.springframework.boot.autoconfigure.ssl.SslBundleRegistrar;
import org.springframework.boot.context.properties.bind.BindResult;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.io.ApplicationResourceLoader;
import org.springframework.boot.ssl.NoSuchSslBundleException;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslBundleRegistry;
import org.springframework.boot.ssl.pem.PemContent;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.core.Ordered;
import org.springframework.core.env.Environment;
import org.springframework.core.io.Resource;
import org.springframework.core.io.ResourceLoader;
import org.springframework.util.StringUtils;

/**
 * Updates the SSL bundles of {@code spring.ssl.bundle.*} when the {@link FileWatcher} reports a
 * change of their files. Files that make no usable bundle, such as a new certificate beside the old
 * key, are warned of, and the bundle stays as it is until the next change. Bundles with {@code
 * reload-on-update} are left to Spring Boot. Watches begin before Spring Boot reads the files, so
 * that no change is lost.
 */
final class SslBundleReload implements SslBundleRegistrar, Ordered {
  private static final Log logger = LogFactory.getLog(SslBundleReload.class);
  private static final String PREFIX = "spring.ssl.bundle.";
  private static final String BEGIN = "-----BEGIN ";
  private static final String END = "-----END ";

  private final FileWatcher watcher;
  private final Binder binder;
  private final ResourceLoader resources;

  SslBundleReload(FileWatcher watcher, Environment environment, ResourceLoader resources) {
    this.watcher = watcher;
    this.binder = Binder.get(environment);
    this.resources = ApplicationResourceLoader.get(resources, true);
  }

  @Override
  public int getOrder() {
    return HIGHEST_PRECEDENCE; // before Spring Boot's own registrar reads the files
  }

  @Override
  public void registerBundles(SslBundleRegistry registry) {
    bound("pem", PemSslBundleProperties.class)
        .forEach(
            (name, pem) -> {
              pem.getKeystore().setVerifyKeys(pem.getKeystore().getPrivateKey() != null);
              Set<Path> files = new LinkedHashSet<>();
              for (PemSslBundleProperties.Store store :
                  List.of(pem.getKeystore(), pem.getTruststore())) {
                add(files, store.getCertificate());
                add(files, store.getPrivateKey());
              }
              follow(
                  new Bundle(name, registry, files, () -> PropertiesSslBundle.get(pem, resources)),
                  pem);
            });
    bound("jks", JksSslBundleProperties.class)
        .forEach(
            (name, jks) -> {
              Set<Path> files = new LinkedHashSet<>();
              add(files, jks.getKeystore().getLocation());
              add(files, jks.getTruststore().getLocation());
              follow(
                  new Bundle(name, registry, files, () -> PropertiesSslBundle.get(jks, resources)),
                  jks);
            });
  }

  /** The bundles of a type, in objects of our own: those of Spring Boot must not be changed. */
  private <P extends SslBundleProperties> Map<String, P> bound(String type, Class<P> properties) {
    BindResult<Map<String, P>> found =
        binder.bind(PREFIX + type, Bindable.mapOf(String.class, properties));
    return found.isBound() ? found.get() : Map.of();
  }

  /** Adds the file of a location. A location may hold its content, or be in a jar. */
  private void add(Set<Path> files, @Nullable String location) {
    if (!StringUtils.hasText(location) || PemContent.isPresentInText(location)) {
      return;
    }
    Resource resource = resources.getResource(location);
    if (resource.isFile()) {
      try {
        files.add(resource.getFile().toPath().toAbsolutePath());
      } catch (IOException e) {
        throw new IllegalStateException(location + " cannot be watched", e);
      }
    }
  }

  private void follow(Bundle bundle, SslBundleProperties properties) {
    if (properties.isReloadOnUpdate()) {
      logger.info("SSL bundle '" + bundle.name + "' is left to its reload-on-update");
    } else {
      bundle.files.forEach(file -> watcher.watch(file, bundle));
    }
  }

  /** One bundle, whose files are watched. */
  private static final class Bundle implements WatchListener {
    private final String name;
    private final SslBundleRegistry registry;
    private final Set<Path> files;
    private final Supplier<SslBundle> source;

    Bundle(String name, SslBundleRegistry registry, Set<Path> files, Supplier<SslBundle> source) {
      this.name = name;
      this.registry = registry;
      this.files = files;
      this.source = source;
    }

    /** Reads all files of the bundle anew. Watches of several files may call at the same time. */
    @Override
    public synchronized void onChanges(FileChanges changes) {
      SslBundle bundle;
      try {
        for (Path file : files) {
          checkWhole(file);
        }
        bundle = source.get();
        bundle.getManagers().getKeyManagerFactory();
        bundle.createSslContext();
      } catch (IOException | RuntimeException e) {
        Throwable cause = NestedExceptionUtils.getMostSpecificCause(e);
        logger.warn(
            ("SSL bundle '%s' stays as it was until its files change again; as they are now they"
                    + " cannot be used: %s")
                .formatted(name, cause));
        logger.debug("the failure", e);
        return;
      }
      try {
        registry.updateBundle(name, bundle);
      } catch (NoSuchSslBundleException e) {
        logger.debug("SSL bundle '" + name + "' has changed before it was registered", e);
      }
    }

    /** Refuses a PEM file whose last block has no end: Spring Boot would take those before it. */
    private static void checkWhole(Path file) throws IOException {
      String text = Files.readString(file, StandardCharsets.ISO_8859_1);
      int begins = StringUtils.countOccurrencesOf(text, BEGIN);
      if (begins != StringUtils.countOccurrencesOf(text, END)) {
        throw new IllegalStateException(file + " ends within a PEM block");
      }
    }

    @Override
    public void onError(WatchException error) {
      logger.warn("SSL bundle '" + name + "': " + error.getMessage());
    }
  }
}
