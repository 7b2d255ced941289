package io.kqueueserver.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.build.exchange.MemoryHead;
import io.kqueueserver.build.exchange.MemoryHead.Fields;
import io.kqueueserver.build.exchange.MemoryLoop;
import io.kqueueserver.build.exchange.MemoryWire;
import io.kqueueserver.http.ExchangeHandler;
import io.kqueueserver.http.contract.ExchangeFixture;
import io.kqueueserver.http.contract.ExchangePeer;
import java.nio.file.Path;

/** {@link ExchangeCore} alone, on wires to nowhere: the test's thread is the loop. */
final class MemoryExchangeFixture implements ExchangeFixture {
  private static final long PATIENCE_NANOS = 10_000_000_000L;

  private final MemoryLoop loop = new MemoryLoop(failure -> {});

  @Override
  public ExchangePeer open(Request request, ExchangeHandler serving) {
    MemoryHead head =
        new MemoryHead(
            request.method(),
            request.path(),
            "test",
            request.contentLength(),
            new Fields(request.fields()));
    return new Peer(loop.serve(head, serving));
  }

  @Override
  public void turn() {
    loop.turn();
  }

  @Override
  public Path file() {
    return Http1ExchangeFixture.FILE;
  }

  @Override
  public boolean canSwitch() {
    return false;
  }

  @Override
  public void settle() {
    turn();
    loop.clear();
    assertThat(loop.activeExchanges()).as("exchanges that have not ended").isZero();
  }

  @Override
  public void close() {}

  private final class Peer implements ExchangePeer {
    private final MemoryWire wire;

    Peer(MemoryWire wire) {
      this.wire = wire;
    }

    @Override
    public void sendBody(String piece) {
      wire.arrive(piece);
    }

    @Override
    public void endBody(String... trailers) {
      wire.endBody(trailers);
    }

    @Override
    public int interim() {
      turn();
      Integer next = wire.interim();
      return next == null ? 0 : next;
    }

    @Override
    public Answer answer() {
      // By time, not by turns: the test may finish its response on another thread.
      long end = System.nanoTime() + PATIENCE_NANOS;
      while (!wire.isAnswered() && System.nanoTime() - end < 0) {
        loop.turn(wire);
        Thread.onSpinWait();
      }
      return new Answer(
          wire.status(),
          wire.fields(),
          wire.taken(),
          wire.trailers(),
          wire.isBroken() ? End.BROKEN : End.COMPLETE);
    }

    @Override
    public void disappear() {
      wire.disappear();
    }

    @Override
    public void close() {
      wire.disappear();
    }
  }
}
