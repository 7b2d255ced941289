package io.kqueueserver.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.build.OpenFiles;
import io.kqueueserver.ffi.NativeUnavailableException;
import io.kqueueserver.watch.FileChange;
import io.kqueueserver.watch.FileChange.Kind;
import io.kqueueserver.watch.FileWatcher;
import io.kqueueserver.watch.WatchOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

class KqueueFileWatcherAutoConfigurationTests {
  private final ApplicationContextRunner contexts =
      new ApplicationContextRunner()
          .withConfiguration(AutoConfigurations.of(KqueueFileWatcherAutoConfiguration.class));
  private final ApplicationContextRunner enabled =
      contexts.withPropertyValues("kqueue.server.file-watcher.enabled=true");

  @TempDir Path temporary;
  private Path directory;

  @BeforeEach
  void resolve() throws IOException {
    directory = temporary.toRealPath();
  }

  @Test
  void thereIsNoneUnlessAskedFor() {
    contexts.run(
        context ->
            assertThat(context)
                .doesNotHaveBean(FileWatcher.class)
                .doesNotHaveBean(FileWatcherLifecycle.class));
  }

  @Test
  void itHasTheWatchersOwnDefaultsAndNoThreadYet() {
    enabled.run(
        context -> {
          assertThat(context.getBean(FileWatcher.class).options()).isEqualTo(WatchOptions.DEFAULTS);
          assertThat(threads()).isEmpty();
        });
  }

  @Test
  void everyPropertyIsApplied() {
    enabled
        .withPropertyValues(
            "kqueue.server.file-watcher.debounce=1ms",
            "kqueue.server.file-watcher.poll-interval=2s",
            "kqueue.server.file-watcher.max-watches=3",
            "kqueue.server.file-watcher.max-descriptors=4",
            "kqueue.server.file-watcher.max-entries=5",
            "kqueue.server.file-watcher.max-pending-changes=6")
        .run(
            context -> {
              WatchOptions options = context.getBean(FileWatcher.class).options();
              assertThat(options.debounce()).isEqualTo(Duration.ofMillis(1));
              assertThat(options.pollInterval()).isEqualTo(Duration.ofSeconds(2));
              assertThat(options.maxWatches()).isEqualTo(3);
              assertThat(options.maxDescriptors()).isEqualTo(4);
              assertThat(options.maxEntries()).isEqualTo(5);
              assertThat(options.maxPendingChanges()).isEqualTo(6);
            });
  }

  @Test
  void aPropertyOutOfBoundsIsNamed() {
    enabled
        .withPropertyValues("kqueue.server.file-watcher.max-entries=0")
        .run(
            context ->
                assertThat(context.getStartupFailure())
                    .hasRootCauseMessage(
                        "kqueue.server.file-watcher.max-entries is '0'; it must be 1 or more"));
  }

  @Test
  void theNativeLibraryIsTheServers() {
    enabled
        .withPropertyValues(
            "kqueue.server.native.library=/nowhere.so", "kqueue.server.native.abi=netbsd-x86_64")
        .run(
            context ->
                assertThat(context.getStartupFailure())
                    .rootCause()
                    .isInstanceOf(NativeUnavailableException.class)
                    .hasMessageContaining("/nowhere.so"));
  }

  @Test
  void theUsersOwnGoesFirst() {
    enabled
        .withUserConfiguration(OwnWatcher.class)
        .run(
            context ->
                assertThat(context.getBean(FileWatcher.class).options().name()).isEqualTo("own"));
  }

  @Test
  void itEndsWithTheContext() {
    enabled.run(
        context -> {
          context.getBean(FileWatcher.class).watch(directory, told -> {});
          assertThat(threads()).isNotEmpty();
          assertThat(OpenFiles.below(directory)).isNotEmpty();
          context.close();
          assertThat(threads()).isEmpty();
          assertThat(OpenFiles.below(directory)).isEmpty();
        });
  }

  @Test
  void aStoppedContextHoldsNothingAndGoesOnWhenStarted() {
    enabled
        .withPropertyValues("kqueue.server.file-watcher.poll-interval=1h")
        .run(
            context -> {
              ConfigurableApplicationContext source = context.getSourceApplicationContext();
              List<FileChange> told = new CopyOnWriteArrayList<>();
              Path file = directory.resolve("f");
              context
                  .getBean(FileWatcher.class)
                  .watch(file, changes -> told.addAll(changes.list()));
              Files.writeString(file, "1");
              await().until(() -> told.contains(new FileChange(file, Kind.CREATED)));
              told.clear();

              for (int i = 0; i < 2; i++) {
                source.stop();
                assertThat(threads()).isEmpty();
                assertThat(OpenFiles.below(directory)).isEmpty();
                Files.writeString(file, "longer" + "!".repeat(i));
                source.start();
                await().until(() -> told.contains(new FileChange(file, Kind.MODIFIED)));
                told.clear();
                Files.delete(file);
                await().until(() -> told.contains(new FileChange(file, Kind.DELETED)));
                Files.writeString(file, "1");
                await().until(() -> told.contains(new FileChange(file, Kind.CREATED)));
                told.clear();
              }
            });
  }

  @Test
  void watchingInAnInitializerWorks() {
    enabled
        .withUserConfiguration(Watching.class)
        .run(context -> assertThat(context).hasNotFailed().hasBean("watching"));
  }

  private static List<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith("kqueue-watch"))
        .toList();
  }

  @Configuration(proxyBeanMethods = false)
  static class OwnWatcher {
    @Bean
    FileWatcher ownWatcher() {
      return FileWatcher.builder().name("own").build();
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class Watching {
    @Bean
    Object watching(FileWatcher watcher) {
      return watcher.watch(Path.of("application.properties"), told -> {});
    }
  }
}
