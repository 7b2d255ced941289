package io.kqueueserver.http.contract;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.http.ByteStream;
import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.ExchangeException.Reason;
import io.kqueueserver.http.HeaderSource;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What every {@link ByteStream} must do, whatever version of HTTP it began on. To hold an
 * implementation to it, extend this class with one that makes its fixture.
 */
public abstract class ByteStreamContract {
  private static final Duration LONG = Duration.ofMinutes(1);
  private static final Duration SHORT = Duration.ofMillis(150);
  private static final int PIECE = 50_000;

  private final HeardStream heard = new HeardStream();
  private @Nullable StreamFixture fixture;
  private StreamFixture.@Nullable Peer peer;

  /** Begins to serve with these bounds. */
  protected abstract StreamFixture newFixture(Duration idleTimeout, Duration drainTimeout);

  @AfterEach
  final void end() {
    if (peer != null) {
      peer.close();
    }
    if (fixture != null) {
      fixture.close();
    }
    assertThat(heard.count("end")).as("ends of one stream").isLessThanOrEqualTo(1);
    if (heard.count("end") == 1) {
      assertThat(heard.calls.get(heard.calls.size() - 1)).isEqualTo("end");
    }
  }

  private void serve(String bytes) {
    serve(bytes, LONG, LONG);
  }

  private void serve(String bytes, Duration idleTimeout, Duration drainTimeout) {
    fixture = newFixture(idleTimeout, drainTimeout);
    peer = fixture.open(bytes, exchange -> exchange.switchTo(HeaderSource.NONE, heard));
    assertThat(peer.status()).isIn(101, 200);
    untilHeard("open");
  }

  private void untilHeard(String call) {
    await(call).until(() -> heard.count(call) > 0);
  }

  private void untilBytes(String expected) {
    await("bytes").until(() -> heard.bytes().length() >= expected.length());
    assertThat(heard.bytes()).isEqualTo(expected);
  }

  /** Runs the action on the loop and waits until it has run. */
  private void onLoop(Consumer<ByteStream> action) {
    BlockingQueue<Runnable> outcome = new LinkedBlockingQueue<>();
    ByteStream stream = heard.stream;
    assertThat(
            stream.execute(
                () -> {
                  try {
                    action.accept(stream);
                    outcome.add(() -> {});
                  } catch (Throwable e) {
                    outcome.add(
                        () -> {
                          throw new AssertionError("on the loop", e);
                        });
                  }
                }))
        .isTrue();
    await().until(outcome::poll, done -> done != null).run();
  }

  private static ByteBuffer ascii(String text) {
    return ByteBuffer.wrap(text.getBytes(ISO_8859_1));
  }

  private static ExchangeException onPurpose() {
    return new ExchangeException(Reason.APPLICATION, "on purpose");
  }

  private void assertServesOn() {
    BlockingQueue<Exchange> other = new LinkedBlockingQueue<>();
    try (StreamFixture.Peer next = fixture.open("", other::add)) {
      Exchange exchange = await().until(other::poll, e -> e != null);
      exchange.execute(
          () -> {
            exchange.respond(204, HeaderSource.NONE, 0);
            exchange.finish();
          });
      assertThat(next.status()).isEqualTo(204);
    }
  }

  // ---- order

  @Test
  void bytesThatCameWithTheRequestComeFirst() {
    serve("one ");
    untilBytes("one ");
    peer.send("two");
    untilBytes("one two");
    assertThat(heard.calls.get(0)).isEqualTo("open");
  }

  @Test
  void aLateSwitchHandsOverWhatCameMeanwhileInOrder() {
    BlockingQueue<Exchange> waiting = new LinkedBlockingQueue<>();
    fixture = newFixture(LONG, LONG);
    peer = fixture.open("one ", waiting::add);
    Exchange exchange = await().until(waiting::poll, e -> e != null);
    peer.send("two");
    exchange.execute(() -> exchange.switchTo(HeaderSource.NONE, heard));
    untilBytes("one two");
  }

  @Test
  void aStreamHasTheFactsOfItsExchange() {
    serve("");
    onLoop(
        stream -> {
          assertThat(stream.inLoop()).isTrue();
          assertThat(stream.id()).isNotEmpty();
          assertThat(stream.request().headers()).isNotNull();
          assertThat(stream.remoteAddress().getAddress().isLoopbackAddress()).isTrue();
          assertThat(stream.localAddress().getAddress().isLoopbackAddress()).isTrue();
        });
    assertThat(heard.stream.inLoop()).isFalse();
  }

  @Test
  void aMalformedFieldIsTheCallersAndTheExchangeGoesOn() {
    BlockingQueue<Throwable> thrown = new LinkedBlockingQueue<>();
    fixture = newFixture(LONG, LONG);
    peer =
        fixture.open(
            "",
            exchange -> {
              try {
                exchange.switchTo(sink -> sink.field("X", "a\r\nb: c"), heard);
              } catch (IllegalArgumentException e) {
                thrown.add(e);
                exchange.respond(204, HeaderSource.NONE, 0);
                exchange.finish();
              }
            });
    assertThat(peer.status()).isEqualTo(204);
    assertThat(thrown).hasSize(1);
    assertThat(heard.calls).isEmpty();
  }

  // ---- half-close

  @Test
  void aPeerThatHasEndedItsSideIsStillWrittenTo() {
    serve("");
    peer.send("question");
    peer.finish();
    untilHeard("inputEnd");
    assertThat(heard.bytes()).isEqualTo("question");
    onLoop(stream -> stream.write(ascii("ans"), null));
    onLoop(
        stream -> {
          stream.write(ascii("wer"), null);
          stream.finish();
          assertThat(stream.isFinished()).isTrue();
        });
    assertThat(peer.readAll()).isEqualTo("answer");
    untilHeard("end");
    assertThat(heard.cause).isNull();
  }

  @Test
  void aPeerGoesOnAfterThisSideHasEnded() {
    serve("");
    onLoop(
        stream -> {
          stream.write(ascii("all of it"), null);
          stream.finish();
          stream.write(ascii("too late"), null);
        });
    assertThat(peer.readAll()).isEqualTo("all of it");
    peer.send("and ");
    untilBytes("and ");
    peer.send("on");
    untilBytes("and on");
    assertThat(heard.count("end")).isZero();
    peer.finish();
    untilHeard("end");
    assertThat(heard.cause).isNull();
    assertThat(heard.calls.get(heard.calls.size() - 2)).isEqualTo("inputEnd");
  }

  @Test
  void bothMayEndInOneCallback() {
    heard.then =
        call -> {
          if (call.equals("inputEnd")) {
            heard.stream.write(ascii("bye"), null);
            heard.stream.finish();
          }
        };
    serve("");
    peer.finish();
    assertThat(peer.readAll()).isEqualTo("bye");
    untilHeard("end");
    assertThat(heard.calls).containsExactly("open", "inputEnd", "end");
    assertThat(heard.cause).isNull();
  }

  @Test
  void theEndComesWhenAllHasLeftAndNotBefore() {
    serve("");
    peer.finish();
    untilHeard("inputEnd");
    AtomicInteger written = new AtomicInteger();
    onLoop(
        stream -> {
          fill(stream, written);
          stream.finish();
        });
    onLoop(stream -> assertThat(heard.count("end")).isZero());
    assertThat(peer.readAll()).hasSize(written.get());
    untilHeard("end");
    assertThat(heard.cause).isNull();
  }

  // ---- flow

  /** Writes while the stream is writable, and a little more than any kernel takes. */
  private static void fill(ByteStream stream, AtomicInteger written) {
    while (stream.isWritable()) {
      stream.write(ByteBuffer.wrap(new byte[PIECE]), null);
      written.addAndGet(PIECE);
      stream.flush();
    }
  }

  @Test
  void aStreamIsNotWritableWhileThePeerTakesNothingAndTellsWhenItIs() {
    serve("");
    AtomicInteger written = new AtomicInteger();
    long before;
    do { // what the peer takes unasked, of a window or a socket, may go first
      before = heard.count("writable");
      onLoop(stream -> fill(stream, written));
      onLoop(stream -> {});
      onLoop(stream -> {});
    } while (heard.count("writable") > before);
    heard.then =
        call -> {
          if (call.equals("writable")) {
            assertThat(heard.stream.isWritable()).isTrue();
            heard.stream.finish();
          }
        };
    assertThat(peer.readAll()).hasSize(written.get());
    assertThat(heard.count("writable")).isEqualTo(before + 1);
  }

  @Test
  void buffersComeBackAndFlushCallbacksComeInOrder() {
    List<String> order = new CopyOnWriteArrayList<>();
    serve("");
    onLoop(
        stream -> {
          stream.whenFlushed(() -> order.add("1"));
          stream.write(ascii("a"), () -> order.add("a"));
          stream.whenFlushed(() -> order.add("2"));
          stream.flush();
        });
    assertThat(peer.read(1)).isEqualTo("a");
    await().until(() -> order.contains("2"));
    assertThat(order).containsExactly("1", "a", "2");
  }

  @Test
  void nothingIsDeliveredWhileInputIsPausedAndNothingIsLost() {
    heard.then =
        call -> {
          if (call.equals("open")) {
            heard.stream.pauseInput();
          }
        };
    serve("one ");
    peer.send("two");
    peer.finish();
    onLoop(stream -> {});
    onLoop(stream -> assertThat(heard.calls).containsExactly("open"));
    onLoop(ByteStream::resumeInput);
    untilHeard("inputEnd");
    assertThat(heard.bytes()).isEqualTo("one two");
  }

  @Test
  void bytesThatAreLeftUnreadInAPauseAreOfferedAgain() {
    heard.bite = 3;
    heard.then =
        call -> {
          if (call.equals("bytes")) {
            heard.stream.pauseInput();
            heard.stream.execute(heard.stream::resumeInput);
          }
        };
    serve("0123456789");
    untilBytes("0123456789");
    peer.send("abcdefg");
    peer.finish();
    untilHeard("inputEnd");
    assertThat(heard.bytes()).isEqualTo("0123456789abcdefg");
    assertThat(heard.calls.get(heard.calls.size() - 1)).isEqualTo("inputEnd");
  }

  // ---- the end before its time

  @Test
  void aResetIsSeenAsABreakAndHeardBeforeItReturns() {
    serve("");
    ExchangeException cause = onPurpose();
    onLoop(
        stream -> {
          stream.reset(cause);
          assertThat(heard.calls).containsExactly("open", "end");
          stream.reset(onPurpose());
          assertThat(stream.isFinished()).isTrue();
        });
    assertThat(heard.cause).isSameAs(cause);
    assertThat(peer.readAll()).endsWith("<broken>");
    assertServesOn();
  }

  @Test
  void aPeerThatDisappearsIsAnEndWithACause() {
    serve("");
    AtomicInteger released = new AtomicInteger();
    onLoop(stream -> fill(stream, new AtomicInteger()));
    onLoop(stream -> stream.write(ascii("lent"), released::incrementAndGet));
    peer.disappear();
    untilHeard("end");
    assertThat(heard.cause.reason()).isIn(Reason.PEER_CLOSED, Reason.PEER_RESET);
    await().until(() -> released.get() == 1);
    assertServesOn();
  }

  @Test
  void nothingHappensAfterTheEnd() {
    AtomicInteger released = new AtomicInteger();
    AtomicInteger flushed = new AtomicInteger();
    serve("");
    onLoop(
        stream -> {
          stream.write(ascii("x"), null);
          stream.whenFlushed(flushed::incrementAndGet);
          stream.reset(onPurpose());
          ByteBuffer late = ascii("late");
          stream.write(late, released::incrementAndGet);
          assertThat(late.hasRemaining()).isFalse();
          stream.whenFlushed(flushed::incrementAndGet);
          stream.pauseInput();
          stream.resumeInput();
          stream.deadline(0);
          stream.flush();
          stream.finish();
          stream.isWritable();
        });
    onLoop(stream -> {});
    assertThat(released).hasValue(1);
    assertThat(flushed).hasValue(0);
    assertThat(heard.calls).containsExactly("open", "end");
  }

  // ---- time

  @Test
  void theDeadlineOfAHandlerComesOnce() {
    serve("");
    onLoop(stream -> stream.deadline(TimeUnit.HOURS.toNanos(1)));
    onLoop(stream -> stream.deadline(0));
    untilHeard("deadline");
    onLoop(stream -> stream.deadline(0));
    await().until(() -> heard.count("deadline") == 2);
    onLoop(
        stream -> {
          stream.deadline(0);
          stream.deadline(-1);
        });
    onLoop(ByteStream::finish);
    peer.finish();
    untilHeard("end");
    assertThat(heard.count("deadline")).isEqualTo(2);
  }

  @Test
  void aSilentStreamIsBrokenOff() {
    serve("", SHORT, LONG);
    assertThat(peer.readAll()).isEqualTo("<broken>");
    untilHeard("end");
    assertThat(heard.cause.reason()).isEqualTo(Reason.TIMEOUT);
  }

  @Test
  void aHalfOfAStreamIsSilentToo() {
    serve("", SHORT, LONG);
    onLoop(ByteStream::finish);
    untilHeard("end");
    assertThat(heard.cause.reason()).isEqualTo(Reason.TIMEOUT);
  }

  @Test
  void aPeerIsNotSilentWhileItsInputIsNotWanted() {
    heard.then =
        call -> {
          if (call.equals("open")) {
            heard.stream.pauseInput();
            heard.stream.deadline(4 * SHORT.toNanos());
          } else if (call.equals("deadline")) {
            heard.stream.reset(onPurpose());
          }
        };
    serve("", SHORT, LONG);
    untilHeard("end");
    assertThat(heard.calls).containsExactly("open", "deadline", "end");
  }

  // ---- drain and stop

  @Test
  void aStreamIsActiveUntilItsEnd() {
    serve("");
    onLoop(stream -> {});
    assertThat(fixture.active()).isEqualTo(1);
    onLoop(stream -> stream.reset(onPurpose()));
    await().until(() -> fixture.active() == 0);
  }

  @Test
  void aDrainIsToldAndWaitsForTheEnd() {
    AtomicInteger idle = new AtomicInteger();
    serve("");
    fixture.drain(idle::incrementAndGet);
    untilHeard("drain");
    onLoop(stream -> assertThat(idle).hasValue(0));
    peer.send("goes on");
    untilBytes("goes on");
    onLoop(
        stream -> {
          stream.write(ascii("bye"), null);
          stream.finish();
        });
    assertThat(peer.readAll()).isEqualTo("bye");
    peer.finish();
    untilHeard("end");
    assertThat(heard.cause).isNull();
    await().until(() -> idle.get() == 1);
    assertThat(heard.count("drain")).isEqualTo(1);
  }

  @Test
  void aStreamThatDoesNotEndIsBrokenOffAtTheBoundOfADrain() {
    AtomicInteger idle = new AtomicInteger();
    serve("", LONG, SHORT);
    fixture.drain(idle::incrementAndGet);
    assertThat(peer.readAll()).isEqualTo("<broken>");
    untilHeard("end");
    assertThat(heard.cause.reason()).isEqualTo(Reason.SERVER_STOPPED);
    await().until(() -> idle.get() == 1);
  }

  @Test
  void aSwitchDuringADrainIsToldOfIt() {
    BlockingQueue<Exchange> waiting = new LinkedBlockingQueue<>();
    fixture = newFixture(LONG, LONG);
    peer = fixture.open("", waiting::add);
    Exchange exchange = await().until(waiting::poll, e -> e != null);
    fixture.drain(() -> {});
    exchange.execute(() -> {});
    exchange.execute(() -> exchange.switchTo(HeaderSource.NONE, heard));
    untilHeard("drain");
    assertThat(heard.calls).containsExactly("open", "drain");
  }

  @Test
  void aStopEndsAStreamWithACause() {
    serve("");
    onLoop(stream -> stream.write(ascii("last"), null));
    fixture.stop();
    untilHeard("end");
    assertThat(heard.cause.reason()).isEqualTo(Reason.SERVER_STOPPED);
    assertThat(peer.readAll()).endsWith("<broken>");
  }

  // ---- errors of the handler

  @ParameterizedTest
  @ValueSource(
      strings = {"open", "bytes", "inputEnd", "writable", "deadline", "flushed", "task", "end"})
  void anErrorHarmsItsOwnStreamOnly(String place) {
    Error error =
        switch (place) {
          case "open", "inputEnd", "end" -> new NoClassDefFoundError("on purpose");
          case "bytes", "deadline" -> new StackOverflowError("on purpose");
          default -> new OutOfMemoryError("on purpose");
        };
    heard.then =
        call -> {
          if (call.equals(place)) {
            throw error;
          }
        };
    if (place.equals("open")) {
      fixture = newFixture(LONG, LONG);
      peer = fixture.open("", exchange -> exchange.switchTo(HeaderSource.NONE, heard));
    } else {
      serve("");
    }
    switch (place) {
      case "bytes" -> peer.send("x");
      case "inputEnd" -> peer.finish();
      case "deadline" -> onLoop(stream -> stream.deadline(0));
      case "writable" -> onLoop(stream -> fill(stream, new AtomicInteger()));
      case "flushed" ->
          onLoop(
              stream -> {
                stream.write(ascii("x"), null);
                stream.whenFlushed(
                    () -> {
                      throw error;
                    });
              });
      case "task" ->
          heard.stream.execute(
              () -> {
                throw error;
              });
      case "end" -> onLoop(stream -> stream.reset(onPurpose()));
      default -> {}
    }
    assertThat(peer.readAll()).endsWith("<broken>");
    untilHeard("end");
    if (!place.equals("end")) {
      assertThat(heard.cause.reason()).isEqualTo(Reason.APPLICATION);
      assertThat(heard.cause).hasCause(error);
    }
    await().until(() -> fixture.active() == 0);
    assertServesOn();
  }

  @Test
  void anErrorDuringADrainHarmsItsOwnStreamOnly() {
    heard.then =
        call -> {
          if (call.equals("drain")) {
            throw new IllegalStateException("on purpose");
          }
        };
    AtomicInteger idle = new AtomicInteger();
    serve("");
    fixture.drain(idle::incrementAndGet);
    assertThat(peer.readAll()).endsWith("<broken>");
    await().until(() -> idle.get() == 1);
    assertThat(heard.cause.reason()).isEqualTo(Reason.APPLICATION);
  }

  @Test
  void aSwitchedExchangeIsComplete() {
    serve("");
    Heard exchange = new Heard();
    try (StreamFixture.Peer other =
        fixture.open(
            "",
            served -> {
              served.listener(exchange);
              served.switchTo(HeaderSource.NONE, new HeardStream());
              assertThatThrownBy(() -> served.respond(200, HeaderSource.NONE, 0));
            })) {
      assertThat(other.status()).isIn(101, 200);
      await().until(exchange::hasEnded);
      assertThat(exchange.calls).endsWith("complete");
    }
  }
}
