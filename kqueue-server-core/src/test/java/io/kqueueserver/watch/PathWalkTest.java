package io.kqueueserver.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.watch.PathWalk.Target;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where a path leads, and which directories are watched for what on the way there. */
class PathWalkTest {
  @TempDir Path temporary;
  private Path root;
  private final Set<Path> entries = new TreeSet<>();
  private final Set<Path> existence = new TreeSet<>();
  private boolean changed;
  private Runnable whenRegistered = () -> {};

  private final PathWalk walk =
      new PathWalk(
          new PathWalk.Guard() {
            @Override
            public void entriesOf(Path directory, FileState state) {
              entries.add(root.relativize(directory));
              whenRegistered.run();
            }

            @Override
            public boolean existenceOf(Path directory, FileState state) {
              if (directory.startsWith(root)) {
                existence.add(root.relativize(directory));
              }
              return !changed;
            }

            @Override
            public void changedMeanwhile() {
              changed = true;
            }
          });

  @BeforeEach
  void makeFiles() throws IOException {
    root = temporary.toRealPath();
    Files.createDirectories(root.resolve("a/b"));
    Files.writeString(root.resolve("a/b/f"), "1");
  }

  @Test
  void aPathWithoutLinksNeedsTheEntriesOfItsParentAndTheExistenceOfAllAbove() throws IOException {
    assertThat(follow("a/b/f").real()).isEqualTo(root.resolve("a/b/f"));
    assertThat(entries).containsExactly(Path.of("a/b"));
    assertThat(existence).containsExactly(Path.of(""), Path.of("a"), Path.of("a/b"));
  }

  @Test
  void aMissingNameNeedsTheEntriesOfTheLastDirectoryThereIs() throws IOException {
    Target target = follow("a/x/y/z");
    assertThat(target.state()).isNull();
    assertThat(target.circle()).isFalse();
    assertThat(target.real()).isEqualTo(root.resolve("a"));
    assertThat(entries).containsExactly(Path.of("a"));
  }

  @Test
  void aFileWhereADirectoryIsNamedLeadsNowhereAndMayBeReplaced() throws IOException {
    assertThat(follow("a/b/f/g").state()).isNull();
    assertThat(entries).containsExactly(Path.of("a/b"));
  }

  @Test
  void everyDirectoryWithALinkOnTheWayIsWatched() throws IOException {
    Files.createDirectories(root.resolve("links"));
    Files.createSymbolicLink(root.resolve("links/data"), Path.of("../a"));
    Files.createSymbolicLink(root.resolve("link"), Path.of("links/data/b/f"));
    assertThat(follow("link").real()).isEqualTo(root.resolve("a/b/f"));
    assertThat(entries).containsExactly(Path.of(""), Path.of("a/b"), Path.of("links"));
  }

  @Test
  void dotsAreResolvedAfterLinks() throws IOException {
    Files.createDirectories(root.resolve("c/d"));
    Files.createSymbolicLink(root.resolve("link"), root.resolve("c/d"));
    Files.writeString(root.resolve("c/f"), "2");
    assertThat(follow("a/./../link/../f").real()).isEqualTo(root.resolve("c/f"));
  }

  @Test
  void dotsAboveTheRootStayThere() throws IOException {
    Target target = walk.follow(Path.of("/../../" + root.resolve("a/b/f").toString().substring(1)));
    assertThat(target.real()).isEqualTo(root.resolve("a/b/f"));
  }

  @Test
  void aCircleOfLinksEndsAndIsSaid() throws IOException {
    Files.createSymbolicLink(root.resolve("x"), Path.of("a/../y"));
    Files.createSymbolicLink(root.resolve("y"), Path.of("x"));
    assertThat(follow("x").circle()).isTrue();
    assertThat(follow("x").state()).isNull();
  }

  @Test
  void asManyLinksAsLinuxFollowsAreFollowed() throws IOException {
    Files.createSymbolicLink(root.resolve("l1"), Path.of("a/b/f"));
    for (int i = 2; i <= PathWalk.MAX_LINKS + 1; i++) {
      Files.createSymbolicLink(root.resolve("l" + i), Path.of("l" + (i - 1)));
    }
    assertThat(follow("l" + PathWalk.MAX_LINKS).state()).isNotNull();
    assertThat(follow("l" + (PathWalk.MAX_LINKS + 1)).circle()).isTrue();
  }

  @Test
  void whatChangesBeforeItsDirectoryIsWatchedIsSeen() throws IOException {
    Path link = root.resolve("link");
    Path next = Files.createSymbolicLink(root.resolve("next"), Path.of("a/b/f"));
    whenRegistered =
        () -> {
          try {
            if (Files.exists(next, LinkOption.NOFOLLOW_LINKS)) {
              Files.move(next, link, StandardCopyOption.ATOMIC_MOVE);
            }
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        };
    assertThat(follow("link").real()).isEqualTo(root.resolve("a/b/f"));
  }

  @Test
  void aDirectoryThatIsAnotherByThenIsLookedAtAgain() throws IOException {
    changed = true; // as if each were replaced the moment it is registered
    assertThat(follow("a/b/f").state()).isNull();
  }

  private Target follow(String path) throws IOException {
    return walk.follow(root.resolve(path));
  }
}
