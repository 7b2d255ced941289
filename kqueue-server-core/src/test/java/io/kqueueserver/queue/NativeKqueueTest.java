package io.kqueueserver.queue;

import static io.kqueueserver.queue.EventFlag.EV_ADD;
import static io.kqueueserver.queue.Filter.EVFILT_READ;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kqueueserver.ffi.ForeignLibrary;
import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeException;
import io.kqueueserver.ffi.NativeOptions;
import java.nio.file.Path;
import java.util.Set;
import jnr.ffi.LibraryLoader;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/**
 * Runs {@link NativeKqueue} on Linux once for each layout, filter numbering and symbol naming it
 * must know, over a library that has them.
 */
class NativeKqueueTest {
  abstract static class OverForeignLibrary extends KqueueContract {
    private final String abi;
    private final String[] flags;

    OverForeignLibrary(String abi, String... flags) {
      this.abi = abi;
      this.flags = flags;
    }

    final Path library() {
      return ForeignLibrary.compile(abi, "kqueue_on_linux.c", flags);
    }

    @Override
    protected Native natives() {
      return Native.load(new NativeOptions(library().toString(), abi, null, null));
    }

    @Override
    protected Set<KqueueDifference> differences() {
      return StandIn.kqueueOnly(abi, hasUserFilter());
    }

    @Override
    protected int wakeupRounds() {
      return StandIn.WAKEUPS;
    }

    @Test
    void itIsTheNamedLibrarysQueue() {
      assertThat(queue.backend()).isEqualTo("kqueue");
      assertThat(natives.abi()).as("sockets and errno").hasToString(natives.abi().name());
      assertThat(natives.abi().isLinux()).isTrue();
      assertThat(natives.kqueueAbi().name()).startsWith(abi);
    }

    @Test
    void anInterruptedPollHasAppliedItsChanges() {
      Hooks hooks = LibraryLoader.create(Hooks.class).load(library().toString());
      connection.peerSendsAndArrives(1);
      hooks.kqtest_fail_next(natives.errno().EINTR);
      change(connection.fd, EVFILT_READ, EV_ADD, 1);
      assertThat(queue.poll(changes, events, SECOND)).isZero();
      assertThat(changes.size()).isZero();
      assertOne(EVFILT_READ, connection.fd, 1);
    }

    @Test
    void aFailingKeventNamesItself() {
      Hooks hooks = LibraryLoader.create(Hooks.class).load(library().toString());
      hooks.kqtest_fail_next(natives.errno().ENOMEM);
      assertThatThrownBy(() -> queue.poll(changes, events, SECOND))
          .isInstanceOf(NativeException.class)
          .hasMessageMatching("kevent\\(fd \\d+\\): ENOMEM - out of kernel memory");
    }
  }

  /** What the library offers tests. */
  public interface Hooks {
    int kqtest_fail_next(int error);
  }

  @Nested
  class KeepingClosedDescriptors extends KqueueFixture {
    @Override
    protected Native natives() {
      Path library = ForeignLibrary.compile("libkqueue", "kqueue_on_linux.c", "-DKEEPS_CLOSED");
      return Native.load(new NativeOptions(library.toString(), "libkqueue", null, null));
    }

    @Test
    void forgettingMakesRoomForTheNextUserOfTheNumber() {
      change(connection.fd, EVFILT_READ, EV_ADD, 1);
      assertSilent();
      int number = connection.fd;
      Connection other = connect();
      queue.forget(number);
      connection.closeFd();
      Connection next = other.movedTo(number);
      opened.add(next);
      next.peerSendsAndArrives(1);
      change(number, EVFILT_READ, EV_ADD, 2);
      assertOne(EVFILT_READ, number, 2);
    }

    /** The failure is known of libkqueue; that of another library is not understood. */
    @Test
    void aFailureWithoutAnErrnoIsOneOnAnotherSystem() {
      Path library =
          ForeignLibrary.compile("freebsd-x86_64", "kqueue_on_linux.c", "-DKEEPS_CLOSED");
      Native freeBsd =
          Native.load(new NativeOptions(library.toString(), "freebsd-x86_64", null, null));
      try (Kqueue other = Kqueues.open(freeBsd)) {
        ChangeList twice = other.newChangeList();
        twice.add(connection.fd, EVFILT_READ, EV_ADD, 0, 0, 1);
        twice.add(connection.fd, EVFILT_READ, EV_ADD, 0, 0, 1);
        assertThatThrownBy(() -> other.poll(twice, other.newEventList(4), 0))
            .isInstanceOf(NativeException.class);
      }
    }

    @Test
    void aFailureWithoutAnErrnoIsNone() {
      change(connection.fd, EVFILT_READ, EV_ADD, 1);
      assertSilent();
      change(connection.fd, EVFILT_READ, EV_ADD, 1);
      assertThat(queue.poll(changes, events, SECOND)).isZero();
    }
  }

  @Nested
  class Darwin extends OverForeignLibrary {
    Darwin() {
      super("darwin-aarch64");
    }
  }

  @Nested
  class FreeBsd extends OverForeignLibrary {
    FreeBsd() {
      super("freebsd-x86_64", "-DPAST_IS_EINVAL"); // up to 13.0
    }
  }

  @Nested
  class NetBsd extends OverForeignLibrary {
    NetBsd() {
      super("netbsd-x86_64");
    }
  }

  /** Plain names although the headers rename: what a library made for embedding may export. */
  @Nested
  class NetBsdByPlainNames extends OverForeignLibrary {
    NetBsdByPlainNames() {
      super("netbsd-x86_64", "-DPLAIN_NAMES");
    }
  }

  @Nested
  class NetBsdBefore10 extends OverForeignLibrary {
    NetBsdBefore10() {
      super("netbsd-x86_64", "-DNO_USER");
    }

    @Override
    protected boolean hasUserFilter() {
      return false;
    }
  }

  @Nested
  class OpenBsd extends OverForeignLibrary {
    OpenBsd() {
      super("openbsd-x86_64");
    }
  }

  @Nested
  class OpenBsdBefore78 extends OverForeignLibrary {
    OpenBsdBefore78() {
      super("openbsd-x86_64", "-DNO_USER");
    }

    @Override
    protected boolean hasUserFilter() {
      return false;
    }
  }

  @Nested
  class DragonFly extends OverForeignLibrary {
    DragonFly() {
      super("dragonfly-x86_64");
    }
  }

  @Nested
  class LibKqueue extends OverForeignLibrary {
    LibKqueue() {
      super("libkqueue");
    }
  }
}
