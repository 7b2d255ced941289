package io.kqueueserver.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.build.TlsFixture;
import io.kqueueserver.spring.KqueueWebServer;
import io.kqueueserver.watch.FileWatcher;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.web.server.reactive.context.ReactiveWebServerApplicationContext;
import org.springframework.context.annotation.Configuration;

/** Renewed certificates are served, by any way in which they come. */
@ExtendWith(OutputCaptureExtension.class)
class SslBundleReloadTests {
  private static final String ON = "kqueue.server.file-watcher.ssl-bundles=true";
  private static final String OLD = "server";
  private static final String NEW = "shop";

  @TempDir Path temporary;
  private Path folder;

  @BeforeEach
  void resolve() throws IOException {
    folder = temporary.toRealPath();
  }

  private static void copy(String pair, Path to) throws IOException {
    Files.createDirectories(to);
    Files.copy(TlsFixture.file(pair + ".pem"), to.resolve("tls.crt"));
    Files.copy(TlsFixture.file(pair + ".key"), to.resolve("tls.key"));
  }

  /** Renames a complete file over the one that is there. */
  private void replace(String kind, String pair) throws IOException {
    Path complete = folder.resolve("new." + kind);
    Files.copy(TlsFixture.file(pair + (kind.equals("crt") ? ".pem" : ".key")), complete);
    Files.move(complete, folder.resolve("tls." + kind), StandardCopyOption.ATOMIC_MOVE);
  }

  private ReactiveWebServerApplicationContext run(String... properties) {
    List<String> arguments = new ArrayList<>();
    arguments.add("--spring.main.banner-mode=off");
    arguments.add("--server.port=0");
    if (Stream.of(properties).noneMatch(property -> property.startsWith("server.ssl.bundle="))) {
      arguments.add("--server.ssl.bundle=web");
    }
    arguments.add("--spring.ssl.bundle.pem.web.keystore.certificate=file:" + folder + "/tls.crt");
    arguments.add("--spring.ssl.bundle.pem.web.keystore.private-key=" + folder + "/tls.key");
    for (String property : properties) {
      arguments.add("--" + property);
    }
    SpringApplication application = new SpringApplication(Configured.class);
    application.setWebApplicationType(WebApplicationType.REACTIVE);
    application.setRegisterShutdownHook(false);
    return (ReactiveWebServerApplicationContext) application.run(arguments.toArray(String[]::new));
  }

  private static String served(ReactiveWebServerApplicationContext context) throws IOException {
    return TlsFixture.serverSeen(((KqueueWebServer) context.getWebServer()).getPort());
  }

  private static String subject(String pair) throws Exception {
    try (var in = Files.newInputStream(TlsFixture.file(pair + ".pem"))) {
      var factory = CertificateFactory.getInstance("X.509");
      return ((X509Certificate) factory.generateCertificate(in))
          .getSubjectX500Principal()
          .getName();
    }
  }

  @Test
  void filesThatAreRenamedIntoPlaceAreServed() throws Exception {
    copy(OLD, folder);
    try (var context = run(ON)) {
      assertThat(served(context)).isEqualTo(subject(OLD));
      replace("crt", NEW);
      replace("key", NEW);
      await().until(() -> served(context).equals(subject(NEW)));
    }
  }

  @Test
  void aVolumeWhoseLinkIsSwappedIsServed() throws Exception {
    copy(OLD, folder.resolve("..2026_1"));
    copy(NEW, folder.resolve("..2026_2"));
    Files.createSymbolicLink(folder.resolve("..data"), Path.of("..2026_1"));
    Files.createSymbolicLink(folder.resolve("tls.crt"), Path.of("..data/tls.crt"));
    Files.createSymbolicLink(folder.resolve("tls.key"), Path.of("..data/tls.key"));
    try (var context = run(ON)) {
      assertThat(served(context)).isEqualTo(subject(OLD));
      Path link = Files.createSymbolicLink(folder.resolve("..tmp"), Path.of("..2026_2"));
      Files.move(link, folder.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);
      await().until(() -> served(context).equals(subject(NEW)));
    }
  }

  @Test
  void aPairOfWhichHalfIsThereIsWarnedOfAndServedWhenTheRestHasCome(CapturedOutput output)
      throws Exception {
    copy(OLD, folder);
    try (var context = run(ON)) {
      replace("crt", NEW);
      await().until(() -> output.getOut().contains("SSL bundle 'web' stays as it was"));
      assertThat(served(context)).isEqualTo(subject(OLD));
      assertThat(output).doesNotContain("SSL bundle 'web' was updated");

      replace("key", NEW);
      await().until(() -> served(context).equals(subject(NEW)));
    }
  }

  @Test
  void aFileThatEndsWithinACertificateIsNotServed(CapturedOutput output) throws Exception {
    copy(OLD, folder);
    try (var context = run(ON)) {
      String chain = Files.readString(TlsFixture.file(OLD + ".pem"));
      Files.writeString(folder.resolve("tls.crt"), chain + chain.substring(0, chain.length() / 2));
      await().until(() -> output.getOut().contains("ends within a PEM block"));
      assertThat(output).doesNotContain("SSL bundle 'web' was updated");
      assertThat(served(context)).isEqualTo(subject(OLD));
    }
  }

  @Test
  void aKeyStoreThatIsReplacedIsServed() throws Exception {
    Path store = folder.resolve("web.p12");
    Files.copy(TlsFixture.file(OLD + ".p12"), store);
    copy(OLD, folder);
    try (var context =
        run(
            ON,
            "server.ssl.bundle=stored",
            "spring.ssl.bundle.jks.stored.keystore.location=" + store,
            "spring.ssl.bundle.jks.stored.keystore.password=changeit",
            "spring.ssl.bundle.jks.stored.keystore.type=PKCS12")) {
      assertThat(served(context)).isEqualTo(subject(OLD));
      Path complete = Files.copy(TlsFixture.file(NEW + ".p12"), folder.resolve("new.p12"));
      Files.move(complete, store, StandardCopyOption.ATOMIC_MOVE);
      await().until(() -> served(context).equals(subject(NEW)));
    }
  }

  @Test
  void aBundleWithReloadOnUpdateIsLeftToSpringBoot() throws Exception {
    copy(OLD, folder);
    try (var context =
        run(
            ON,
            "spring.ssl.bundle.pem.web.reload-on-update=true",
            "spring.ssl.bundle.watch.file.quiet-period=1h")) {
      assertThat(context.getBean(FileWatcher.class).stats().watches).isZero();
    }
  }

  @Test
  void byDefaultNoFileIsWatched() throws Exception {
    copy(OLD, folder);
    try (var context = run()) {
      assertThat(context.getBeansOfType(FileWatcher.class)).isEmpty();
    }
  }

  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  static class Configured {}
}
