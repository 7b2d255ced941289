package io.kqueueserver.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.build.TlsFixture;
import io.kqueueserver.ffi.ScarceMemory;
import io.kqueueserver.http.contract.Loans;
import io.kqueueserver.server.MixedTraffic.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * One allocation of native memory fails, each in turn; what was half done is undone. A loop that
 * serves takes hardly any: its buffers are made by the start.
 */
class FailingAllocationTest {
  /** More allocations than a start or the traffic make; more should be looked at. */
  private static final int MOST = 200;

  @RegisterExtension final ServerExtension server = new ServerExtension();

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anAllocationThatFailsCostsItsOwnConnectionOrNothing(boolean tls) throws IOException {
    int met = 0;
    boolean failed = true;
    for (int allocations = 0; failed; allocations++) {
      server.restart(
          builder -> {
            if (tls) {
              builder.tls(TlsFixture.server());
            }
          });
      MixedTraffic.serve(server, folder);
      int whole = 0;
      try (ScarceMemory scarce = ScarceMemory.after("kqueue-loop", allocations)) {
        for (Kind kind : Kind.values()) {
          whole += MixedTraffic.connection(() -> connect(tls), new Random(1), kind);
        }
        failed = scarce.hasFailed();
      }
      assertThat(whole)
          .as("whole connections, of which one meets allocation %d", allocations)
          .isGreaterThanOrEqualTo(Kind.values().length - 2); // the handler breaks one off
      try (WirePeer next = connect(tls)) {
        assertThat(next.get("/a").response().body()).isEqualTo("a");
      }
      server.awaitIdle();
      assertThat(server.sum(stats -> stats.replacements)).as("loops replaced").isZero();
      met += failed ? 1 : 0;
      assertThat(met).isLessThan(MOST);
    }
  }

  @Test
  void aStartInWhichAnAllocationFailsLeavesNothingBehind() {
    int met = 0;
    boolean failed = true;
    for (int allocations = 0; failed; allocations++) {
      server.server().stop();
      Ledger ledger = new Ledger();
      try (ScarceMemory scarce =
          ScarceMemory.after(Thread.currentThread().getName(), allocations)) {
        server.restart(builder -> {});
        failed = scarce.hasFailed();
      } catch (OutOfMemoryError e) {
        assertThat(e).hasMessage("on purpose: no native memory");
      }
      server.server().stop();
      try {
        ledger.awaitGone(null, new Loans());
      } catch (AssertionError e) {
        throw new AssertionError("allocation " + allocations, e);
      }
      met += failed ? 1 : 0;
      assertThat(met).isLessThan(MOST);
    }
    assertThat(met).as("allocations of a start").isGreaterThan(10);
  }

  private WirePeer connect(boolean tls) {
    return tls
        ? WirePeer.on(TlsFixture.connect(TlsFixture.client(), server.port()))
        : WirePeer.connect(server.port());
  }
}
