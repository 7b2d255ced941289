package io.kqueueserver.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.build.TlsFixture;
import io.kqueueserver.ffi.FaultyLibC;
import io.kqueueserver.ffi.ForeignLibrary;
import io.kqueueserver.ffi.NativeOptions;
import io.kqueueserver.server.MixedTraffic.Kind;
import io.kqueueserver.stats.CloseReason;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A server whose system calls fail now and then, by schedules that have a seed each. Whatever the
 * seed: each response is whole and correct or visibly broken, no loop fails or spins, all is given
 * back, and the next client is served. One schedule again: {@code -Dfaults.seed=N}; more of them:
 * {@code -Dfaults.seeds=N} for each setup, as the profile {@code faults} has, from {@code
 * -Dfaults.first=N} on.
 */
@EnabledOnOs(OS.LINUX)
class FaultyKernelTest {
  private static final int SEEDS = Integer.getInteger("faults.seeds", 40);
  private static final long FIRST = Long.getLong("faults.first", 1);

  /** Schedules on one server, which then stops while its calls still fail. */
  private static final int OF_ONE_SERVER = 100;

  private static final int CONNECTIONS = 4;
  private static final int REQUESTS = 3;

  /** Waits in a row on one thread that led to no other call; a wake-up needs one. */
  static final int IDLE_WAITS = 200;

  /** What a schedule runs on. */
  enum Setup {
    TWIN(null, "epoll_wait", "epoll_ctl"),
    TWIN_WITH_TLS(null, "epoll_wait"),
    TWIN_BEHIND_A_PROXY(null, "recv"),
    DARWIN("darwin-aarch64", "kevent"),
    FREEBSD("freebsd-x86_64", "kevent");

    private final String abi;

    @SuppressWarnings("ImmutableEnumChecker") // by List.of
    private final List<String> calls;

    Setup(String abi, String... calls) {
      this.abi = abi;
      this.calls = List.of(calls);
    }

    FaultyLibC faults() {
      if (abi == null) {
        return FaultyLibC.of(0);
      }
      String[] flags = this == DARWIN ? new String[] {"-DNO_ACCEPT4"} : new String[0];
      String library = ForeignLibrary.compile(abi, "system_on_linux.c", flags).toString();
      return FaultyLibC.of(0, new NativeOptions(null, null, library, abi));
    }
  }

  @RegisterExtension final ServerExtension server = new ServerExtension();

  @TempDir Path folder;

  private final Map<String, Integer> seen = new TreeMap<>();
  private int whole;

  @ParameterizedTest
  @EnumSource
  void connectionsAreServedWholeOrVisiblyBrokenOn(Setup setup, TestReporter reporter)
      throws IOException {
    FaultyLibC faults = setup.faults();
    Long one = Long.getLong("faults.seed");
    long first = one == null ? FIRST : one;
    long last = one == null ? FIRST + SEEDS - 1 : one;
    try {
      for (long seed = first; seed <= last; seed++) {
        if ((seed - first) % OF_ONE_SERVER == 0) {
          restart(faults, setup);
        }
        run(faults, seed, setup);
      }
    } finally {
      server.server().stop();
      faults.forget();
    }
    reporter.publishEntry("schedules", Long.toString(last - first + 1));
    reporter.publishEntry("faults", seen.toString());
    assertThat(whole).isPositive();
    if (one == null) {
      assertThat(seen).containsKeys("read", "write", "accept", "close");
      assertThat(seen.keySet()).containsAll(setup.calls);
    }
  }

  private void run(FaultyLibC faults, long seed, Setup setup) {
    Random random = new Random(seed);
    long unregistered = server.closed(CloseReason.NOT_REGISTERED);
    faults.begin(seed, 0.02 + random.nextDouble() * 0.15);
    try {
      for (int i = 0; i < CONNECTIONS; i++) {
        whole += MixedTraffic.connection(() -> connect(setup), random, anyKinds(random));
      }
      faults.rate(0);
      try (WirePeer clean = connect(setup)) {
        assertThat(clean.get("/a").response().body()).isEqualTo("a");
      }
      server.awaitIdle();
      assertThat(server.sum(stats -> stats.replacements)).as("loops replaced").isZero();
      assertThat(server.sum(stats -> stats.handlerErrors)).as("failed handlers").isZero();
      assertThat(faults.mostIdleWaits()).as("waits for nothing").isLessThan(IDLE_WAITS);
      assertThat(server.closed(CloseReason.NOT_REGISTERED) - unregistered)
          .as("connections whose change was refused, and no other")
          .isLessThanOrEqualTo(refusedChanges(faults.injected()));
    } catch (RuntimeException | AssertionError e) {
      throw new AssertionError(
          "-Dfaults.seed=" + seed + " " + setup + " after " + faults.injected(), e);
    } finally {
      faults.injected().forEach(this::see);
    }
  }

  private static long refusedChanges(Map<String, Integer> injected) {
    return injected.entrySet().stream()
        .filter(e -> e.getKey().startsWith("epoll_ctl ") || e.getKey().startsWith("kevent change"))
        .mapToLong(Map.Entry::getValue)
        .sum();
  }

  /** Signals without end delay all calls, and cost nothing. */
  @Test
  void aStormOfSignalsCostsNoConnection() throws IOException {
    FaultyLibC faults = Setup.TWIN.faults();
    try {
      restart(faults, Setup.TWIN);
      faults.storm("EINTR", 0.5);
      for (Kind kind : Kind.values()) {
        int served = MixedTraffic.connection(() -> connect(Setup.TWIN), new Random(1), kind);
        assertThat(served).as("%s", kind).isEqualTo(kind == Kind.RESET ? 0 : 1);
      }
      assertThat(faults.injected()).containsKeys("read EINTR", "write EINTR", "epoll_wait EINTR");
    } finally {
      server.server().stop();
      faults.forget();
    }
  }

  private static Kind[] anyKinds(Random random) {
    Kind[] all = Kind.values();
    return random.ints(REQUESTS, 0, all.length).mapToObj(i -> all[i]).toArray(Kind[]::new);
  }

  /** Counts the fault, and the call that had it. */
  private void see(String fault, int times) {
    seen.merge(fault, times, Integer::sum);
    seen.merge(fault.replaceAll(" .*", ""), times, Integer::sum);
  }

  private void restart(FaultyLibC faults, Setup setup) throws IOException {
    server.restart(
        builder -> {
          builder.natives(faults.options());
          builder.admission(Admission.DEFAULTS.maxConnectionsPerAddress(1_000));
          if (setup == Setup.TWIN_WITH_TLS) {
            builder.tls(TlsFixture.server());
          } else if (setup == Setup.TWIN_BEHIND_A_PROXY) {
            builder.proxyProtocol(ProxyProtocol.ON);
          }
        });
    MixedTraffic.serve(server, folder);
  }

  private WirePeer connect(Setup setup) {
    return switch (setup) {
      case TWIN_WITH_TLS -> WirePeer.on(TlsFixture.connect(TlsFixture.client(), server.port()));
      case TWIN_BEHIND_A_PROXY ->
          WirePeer.connect(server.port()).send("PROXY TCP4 192.0.2.7 192.0.2.1 5 6\r\n");
      default -> WirePeer.connect(server.port());
    };
  }
}
