package io.kqueueserver.http.contract;

import static io.kqueueserver.http.contract.ExchangeFixture.Request.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.kqueueserver.build.QuietStream;
import io.kqueueserver.http.ByteStream;
import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.ExchangeException.Reason;
import io.kqueueserver.http.FileRegion;
import io.kqueueserver.http.HeaderSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What every {@link Exchange} must do, whatever serves it, one sentence each: sentences about the
 * request, the response and the ends in the classes above, and here the states of an exchange as a
 * table. To hold an implementation to it, extend this class with one that makes its fixture.
 */
public abstract class ExchangeContract extends ExchangeEndContract {
  /**
   * What each call does in each state. {@code done}: what its Javadoc says, which has a sentence of
   * its own. {@code nothing}: no error, and nothing reaches the client or the listener; buffers
   * come back all the same. {@code illegal}: IllegalStateException, and the exchange goes on.
   */
  private static final String STATES =
      """
      .            handed   head     body     finished complete reset    gone
      respond      done     illegal  illegal  nothing  nothing  nothing  nothing
      inform       done     nothing  nothing  nothing  nothing  nothing  nothing
      write        illegal  done     done     nothing  nothing  nothing  nothing
      writeFile    illegal  done     done     nothing  nothing  nothing  nothing
      respondFile  done     illegal  illegal  nothing  nothing  nothing  nothing
      finish       illegal  done     done     nothing  nothing  nothing  nothing
      whenFlushed  done     done     done     done     nothing  nothing  nothing
      reset        done     done     done     done     nothing  nothing  nothing
      switchTo     done     illegal  illegal  illegal  illegal  illegal  illegal
      demand       nothing  nothing  nothing  nothing  nothing  nothing  nothing
      discardBody  nothing  nothing  nothing  nothing  nothing  nothing  nothing
      flush        nothing  nothing  nothing  done     nothing  nothing  nothing
      isWritable   nothing  nothing  nothing  nothing  nothing  nothing  nothing
      """;

  static List<String> cells() {
    List<String> lines = STATES.lines().toList();
    String[] states = lines.get(0).strip().split(" +", -1);
    List<String> cells = new ArrayList<>();
    for (String line : lines.subList(1, lines.size())) {
      String[] row = line.strip().split(" +", -1);
      for (int i = 1; i < row.length; i++) {
        cells.add(row[0] + " when " + states[i] + ": " + row[i]);
      }
    }
    return cells;
  }

  @ParameterizedTest
  @MethodSource("cells")
  void eachCallInEachState(String cell) {
    String[] words = cell.split("[ :]+", -1);
    String call = words[0];
    String state = words[2];
    String outcome = words[3];
    assumeTrue(!call.equals("switchTo") || fixture().canSwitch());
    boolean switches = call.equals("switchTo");
    serve(switches ? fixture().switching() : get());
    if (state.equals("complete")) {
      onLoop(x -> answer(x, 200, "ok"));
      peer.answer();
      untilHeard("complete");
    } else if (state.equals("gone")) {
      peer.disappear();
      untilHeard("error");
    }
    AtomicInteger released = new AtomicInteger();
    AtomicInteger flushed = new AtomicInteger();
    // In one task, so that the exchange is still in this state.
    onLoop(
        x -> {
          bring(x, state);
          int before = heard.calls.size();
          @Nullable Throwable thrown = thrownBy(() -> make(x, call, released, flushed));
          if (outcome.equals("illegal")) {
            assertThat(thrown).isInstanceOf(IllegalStateException.class);
          } else {
            assertThat(thrown).isNull();
          }
          if (!outcome.equals("done")) {
            assertThat(heard.calls).hasSize(before);
          }
        });
    boolean resets = call.equals("reset") && outcome.equals("done");
    if (!switches || !outcome.equals("done")) {
      conclude(state, resets);
    }
    boolean lends = call.startsWith("write") || call.equals("respondFile");
    if (lends && !outcome.equals("illegal")) {
      until(() -> released.get() == 1);
    }
    if (call.equals("whenFlushed")) {
      boolean expected = outcome.equals("done");
      until(() -> heard.hasEnded());
      onLoop(x -> assertThat(flushed).hasValue(expected ? 1 : 0));
    }
  }

  /** What was begun ends as if the call had not been, but for what the call itself did. */
  private void conclude(String state, boolean reset) {
    boolean committed = state.equals("head") || state.equals("body");
    onLoop(
        x -> {
          if (!x.isCommitted()) {
            x.respond(200, TEXT, Exchange.UNKNOWN_LENGTH);
          }
          x.finish();
        });
    until(heard::hasEnded);
    boolean broken = reset || state.equals("reset") || state.equals("gone");
    assertThat(heard.count("error")).isEqualTo(broken ? 1 : 0);
    if (!broken && !state.equals("complete")) {
      assertThat(peer.answer().status()).isEqualTo(committed ? 203 : 200);
    }
    assertServesOn();
  }

  private static void bring(Exchange x, String state) {
    switch (state) {
      case "handed", "complete", "gone" -> {}
      case "head" -> x.respond(203, TEXT, Exchange.UNKNOWN_LENGTH);
      case "body" -> {
        x.respond(203, TEXT, Exchange.UNKNOWN_LENGTH);
        x.write(ascii("begun"), null);
      }
      case "finished" -> answer(x, 200, "ok");
      case "reset" -> x.reset(new ExchangeException(Reason.APPLICATION, "on purpose"));
      default -> throw new AssertionError(state);
    }
  }

  private void make(Exchange x, String call, AtomicInteger released, AtomicInteger flushed) {
    switch (call) {
      case "respond" -> x.respond(200, TEXT, Exchange.UNKNOWN_LENGTH);
      case "inform" -> x.inform(103, HeaderSource.NONE);
      case "write" -> x.write(ascii("more"), released::incrementAndGet);
      case "writeFile" -> x.writeFile(fixture().file(), 0, 4, released::incrementAndGet);
      case "respondFile" ->
          x.respondFile(
              200, TEXT, 4, new FileRegion(fixture().file(), 0, 4), released::incrementAndGet);
      case "finish" -> x.finish();
      case "whenFlushed" -> x.whenFlushed(flushed::incrementAndGet);
      case "reset" -> x.reset(new ExchangeException(Reason.APPLICATION, "on purpose"));
      case "switchTo" -> x.switchTo(HeaderSource.NONE, new Switched());
      case "demand" -> x.demand(1);
      case "discardBody" -> x.discardBody();
      case "flush" -> x.flush();
      case "isWritable" -> x.isWritable();
      default -> throw new AssertionError(call.toLowerCase(Locale.ROOT));
    }
  }

  private static @Nullable Throwable thrownBy(Runnable action) {
    try {
      action.run();
      return null;
    } catch (RuntimeException | Error e) {
      return e;
    }
  }

  private static final class Switched extends QuietStream {
    @Override
    public void onOpen(ByteStream stream) {
      stream.finish();
    }
  }
}
