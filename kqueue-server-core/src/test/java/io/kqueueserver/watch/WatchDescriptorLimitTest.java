package io.kqueueserver.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.build.CrampedJvm;
import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A watcher whose process runs out of descriptors: in a JVM of its own, since the limit is the
 * process's.
 */
@Timeout(120)
class WatchDescriptorLimitTest {
  private static final int LIMIT = 150;
  private static final Duration START = Duration.ofSeconds(30);

  @TempDir Path directory;

  /** The child: obeys its input, and prints the reports of its watcher. */
  static final class Main implements WatchListener {
    private final List<FileInputStream> taken = new ArrayList<>();

    public static void main(String[] args) throws IOException {
      Path directory = Path.of(args[0]);
      Main main = new Main();
      try (FileWatcher watcher = FileWatcher.builder().pollInterval(Duration.ofMillis(50)).build();
          BufferedReader input =
              new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
        main.say("ready");
        for (String line; (line = input.readLine()) != null; ) {
          main.run(line, directory, watcher);
        }
      }
      System.exit(0);
    }

    private void run(String command, Path directory, FileWatcher watcher) throws IOException {
      switch (command) {
        case "take" -> take();
        case "free" -> {
          for (FileInputStream one : taken) {
            one.close();
          }
          say("freed");
        }
        default -> {
          try {
            watcher.watch(directory.resolve(command), this);
            say("watching " + command);
          } catch (WatchException e) {
            say("refused " + e.getMessage() + " and holds " + watcher.stats().descriptors);
          }
        }
      }
    }

    @SuppressWarnings("resource") // that is the point
    private void take() {
      try {
        while (true) {
          taken.add(new FileInputStream("/dev/null"));
        }
      } catch (IOException e) {
        say("taken");
      }
    }

    @Override
    public void onChanges(FileChanges changes) {
      changes.list().forEach(change -> say(change.kind() + " " + change.path().getFileName()));
    }

    @Override
    public void onError(WatchException error) {
      say("error " + error.getMessage());
    }

    private synchronized void say(String what) {
      System.out.println(what);
    }
  }

  @Test
  void watchingIsRefusedWithTheRemedyAndALaterShortageIsSurvived() throws Exception {
    Path many = Files.createDirectory(directory.resolve("many"));
    for (int i = 0; i < LIMIT; i++) {
      Files.writeString(many.resolve("f" + i), "");
    }
    Path few = Files.createDirectory(directory.resolve("few"));
    Files.writeString(few.resolve("old"), "1");
    CrampedJvm child = CrampedJvm.start(LIMIT, Main.class, directory.toString());
    BlockingQueue<String> lines = child.lines();
    try (child) {
      hear(lines, "ready");

      child.send("many");
      assertThat(hear(lines, "refused"))
          .contains("open(" + many)
          .contains("EMFILE - too many open files in this process; raise its limit (ulimit -n)")
          .endsWith("holds 0");

      child.send("few");
      hear(lines, "watching few");
      // Loads every class it takes, for which there will be no descriptor later.
      Files.writeString(few.resolve("first"), "1");
      hear(lines, "CREATED first");
      Files.delete(few.resolve("first"));
      hear(lines, "DELETED first");

      child.send("take");
      hear(lines, "taken");
      Files.writeString(few.resolve("new"), "1");
      assertThat(hear(lines, "error")).contains("open(" + few).contains("EMFILE");

      child.send("free");
      hear(lines, "freed");
      hear(lines, "CREATED new");
      Files.writeString(few.resolve("new"), "longer");
      hear(lines, "MODIFIED new");
      Files.writeString(few.resolve("old"), "longer");
      hear(lines, "MODIFIED old");
    }
    assertThat(child.exitValue()).isZero();
  }

  private static String hear(BlockingQueue<String> lines, String start) {
    List<String> heard = new ArrayList<>();
    return await()
        .atMost(START)
        .alias(start + " after " + heard)
        .until(
            () -> {
              for (String line; (line = lines.poll()) != null; ) {
                heard.add(line);
                if (line.startsWith(start)) {
                  return line;
                }
              }
              return null;
            },
            line -> line != null);
  }
}
