package io.kqueueserver.http.contract;

import static io.kqueueserver.http.contract.ExchangeFixture.Request.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.contract.ExchangePeer.Answer;
import io.kqueueserver.http.contract.ExchangePeer.End;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The response's side: head, body, flushing and backpressure, trailers. */
abstract class ExchangeResponseContract extends ExchangeFileContract {
  private static final int LARGE = 10_000_000;

  @Test
  void aResponseOfKnownLengthArrives() {
    serve(get(), x -> answer(x, 201, "hello"));
    Answer answer = peer.answer();
    assertAnswered(answer, 201, "hello");
    assertThat(answer.fields()).containsEntry("content-type", "text/plain");
    untilHeard("complete");
  }

  @Test
  void aResponseOfUnknownLengthArrives() {
    serve(get());
    onLoop(x -> x.respond(200, TEXT, Exchange.UNKNOWN_LENGTH));
    onLoop(x -> x.write(ascii("one "), null));
    onLoop(x -> x.write(ascii("two"), null));
    onLoop(Exchange::finish);
    assertAnswered(peer.answer(), 200, "one two");
    untilHeard("complete");
  }

  @Test
  void aResponseWithoutBodyIsComplete() {
    serve(
        get(),
        x -> {
          x.respond(200, TEXT, 0);
          x.finish();
        });
    assertAnswered(peer.answer(), 200, "");
    untilHeard("complete");
  }

  @Test
  void whetherAHeadWasSentIsKnown() {
    serve(get());
    onLoop(x -> assertThat(x.isCommitted()).isFalse());
    onLoop(x -> x.respond(200, TEXT, 2));
    onLoop(x -> assertThat(x.isCommitted()).isTrue());
    onLoop(
        x -> {
          x.write(ascii("ok"), null);
          x.finish();
        });
    assertAnswered(peer.answer(), 200, "ok");
  }

  @Test
  void aBufferThatComesBackMayBeFollowedByTheNextAndByTheEnd() {
    serve(get());
    onLoop(
        x -> {
          x.respond(200, TEXT, Exchange.UNKNOWN_LENGTH);
          x.write(
              ascii("one "),
              () -> {
                x.write(ascii("two"), x::finish);
              });
        });
    assertAnswered(peer.answer(), 200, "one two");
    untilHeard("complete");
  }

  @Test
  void trailersFollowABodyOfUnknownLength() {
    serve(get());
    onLoop(
        x -> {
          x.respond(200, TEXT, Exchange.UNKNOWN_LENGTH);
          x.write(ascii("body"), null);
          x.finish(sink -> sink.field("x-sum", "42"));
        });
    Answer answer = peer.answer();
    assertAnswered(answer, 200, "body");
    assertThat(answer.trailers()).containsExactly("x-sum: 42");
  }

  @Test
  void informationComesBeforeTheResponse() {
    serve(get());
    onLoop(x -> x.inform(103, sink -> sink.field("Link", "</style.css>; rel=preload")));
    assertThat(peer.interim()).isEqualTo(103);
    onLoop(x -> answer(x, 200, "ok"));
    assertAnswered(peer.answer(), 200, "ok");
  }

  @Test
  void aMalformedFieldIsTheCallersAndNothingIsSent() {
    serve(get());
    assertThat(trying(x -> x.respond(200, sink -> sink.field("X", "a\r\nb: c"), 0)))
        .isInstanceOf(IllegalArgumentException.class);
    onLoop(x -> answer(x, 200, "ok"));
    Answer answer = peer.answer();
    assertAnswered(answer, 200, "ok");
    assertThat(answer.fields()).doesNotContainKeys("x", "b");
  }

  @ParameterizedTest
  @CsvSource({"HEAD, 200", "GET, 204", "GET, 304"})
  void bytesOfABodyThatCannotBeAreDroppedAndGivenBack(String method, int status) {
    AtomicInteger released = new AtomicInteger();
    serve(get().method(method));
    onLoop(
        x -> {
          x.respond(status, TEXT, Exchange.UNKNOWN_LENGTH);
          ByteBuffer data = ascii("none of this");
          x.write(data, released::incrementAndGet);
          assertThat(data.hasRemaining()).isFalse();
          x.finish();
        });
    assertAnswered(peer.answer(), status, "");
    untilHeard("complete");
    assertThat(released).hasValue(1);
  }

  // ---- length

  @Test
  void moreBytesThanAnnouncedBreakTheExchange() {
    serve(get());
    onLoop(
        x -> {
          x.respond(200, TEXT, 4);
          x.write(ascii("four"), null);
          x.write(ascii("!"), null);
        });
    untilHeard("error");
    assertThat(peer.answer().body()).doesNotContain("!");
    assertServesOn();
  }

  @Test
  void fewerBytesThanAnnouncedBreakTheExchange() {
    serve(get());
    onLoop(
        x -> {
          x.respond(200, TEXT, 400);
          x.write(ascii("four"), null);
          x.finish();
        });
    untilHeard("error");
    assertThat(peer.answer().end()).isEqualTo(End.BROKEN);
    assertServesOn();
  }

  // ---- buffers

  @Test
  void aBufferWithoutReleaseMayBeChangedAtOnce() {
    serve(get());
    onLoop(
        x -> {
          x.respond(200, TEXT, 10 * 20_000);
          ByteBuffer reused = ByteBuffer.allocate(20_000);
          for (int i = 0; i < 10; i++) {
            Arrays.fill(reused.array(), (byte) ('0' + i));
            reused.clear();
            x.write(reused, null);
            assertThat(reused.hasRemaining()).isFalse();
          }
          x.finish();
        });
    String body = peer.answer().body();
    assertThat(body).hasSize(200_000);
    for (int i = 0; i < 10; i++) {
      assertThat(body.substring(i * 20_000, (i + 1) * 20_000))
          .isEqualTo(String.valueOf(i).repeat(20_000));
    }
  }

  @Test
  void aLentBufferComesBackOnceItsBytesHaveLeft() {
    AtomicInteger released = new AtomicInteger();
    serve(get());
    onLoop(
        x -> {
          x.respond(200, TEXT, LARGE);
          x.write(ByteBuffer.allocate(LARGE), released::incrementAndGet);
          x.finish();
        });
    assertThat(peer.answer().body()).hasSize(LARGE);
    untilHeard("complete");
    until(() -> released.get() == 1);
  }

  @Test
  void aLentBufferComesBackFromABrokenExchange() {
    AtomicInteger released = new AtomicInteger();
    serve(get());
    onLoop(
        x -> {
          x.respond(200, TEXT, LARGE);
          x.write(ByteBuffer.allocate(LARGE), released::incrementAndGet);
        });
    peer.disappear();
    untilHeard("error");
    until(() -> released.get() == 1);
    onLoop(x -> x.write(ascii("late"), released::incrementAndGet));
    assertThat(released).hasValue(2);
  }

  @Test
  void anEmptyBufferIsGivenBackAndEndsNothing() {
    AtomicInteger released = new AtomicInteger();
    serve(get());
    onLoop(
        x -> {
          x.respond(200, TEXT, Exchange.UNKNOWN_LENGTH);
          x.write(ByteBuffer.allocate(0), released::incrementAndGet);
          x.write(ascii("after"), null);
          x.finish();
        });
    assertAnswered(peer.answer(), 200, "after");
    until(() -> released.get() == 1);
  }

  // ---- flow

  @Test
  void anExchangeIsNotWritableWhileTheClientTakesNothingAndTellsWhenItIs() {
    serve(get());
    AtomicInteger written = new AtomicInteger();
    onLoop(x -> x.respond(200, TEXT, Exchange.UNKNOWN_LENGTH));
    long before;
    do { // what the client takes unasked, of a window or a socket, may go first
      before = heard.count("writable");
      onLoop(x -> fill(x, written));
      onLoop(x -> {});
      onLoop(x -> {});
    } while (heard.count("writable") > before);
    long writable = before + 1;
    AtomicReference<Answer> read = new AtomicReference<>();
    Thread reader = new Thread(() -> read.set(peer.answer()));
    reader.start();
    until(() -> heard.count("writable") == writable);
    onLoop(
        x -> {
          assertThat(x.isWritable()).isTrue();
          x.finish();
        });
    until(() -> !reader.isAlive());
    assertThat(read.get().body()).hasSize(written.get());
    untilHeard("complete");
    assertThat(heard.count("writable")).isEqualTo(writable);
  }

  @Test
  void onWritableFollowsALargeWriteWithoutAQuestion() {
    serve(get());
    byte[] body = incompressible(1_000_000);
    onLoop(
        x -> {
          x.respond(200, TEXT, Exchange.UNKNOWN_LENGTH);
          x.write(ByteBuffer.wrap(body), null);
        });
    AtomicReference<Answer> read = new AtomicReference<>();
    Thread reader = new Thread(() -> read.set(peer.answer()));
    reader.start();
    untilHeard("writable");
    onLoop(Exchange::finish);
    until(() -> !reader.isAlive());
    assertThat(read.get().body()).hasSize(body.length);
  }

  private void fill(Exchange x, AtomicInteger written) {
    while (x.isWritable()) {
      x.write(ByteBuffer.wrap(incompressible(10_000)), null);
      written.addAndGet(10_000);
      x.flush();
    }
  }

  @Test
  void flushedBytesArriveBeforeTheResponseEnds() {
    serve(get());
    AtomicInteger flushed = new AtomicInteger();
    onLoop(
        x -> {
          x.respond(200, TEXT, Exchange.UNKNOWN_LENGTH);
          x.write(ascii("early"), null);
          x.whenFlushed(flushed::incrementAndGet);
          x.flush();
        });
    until(() -> flushed.get() == 1);
    onLoop(Exchange::finish);
    assertAnswered(peer.answer(), 200, "early");
    untilHeard("complete");
  }

  @Test
  void flushCallbacksComeInOrderAndBeforeTheEnd() {
    StringBuilder order = new StringBuilder();
    heard.then = call -> order.append(call.equals("complete") ? "." : "");
    serve(get());
    onLoop(
        x -> {
          x.respond(200, TEXT, Exchange.UNKNOWN_LENGTH);
          x.whenFlushed(() -> order.append('1'));
          x.write(ascii("a"), null);
          x.whenFlushed(() -> order.append('2'));
          x.write(ascii("b"), null);
          x.whenFlushed(() -> order.append('3'));
          x.finish();
        });
    assertAnswered(peer.answer(), 200, "ab");
    untilHeard("complete");
    onLoop(x -> {}); // the callback that was heard is over
    assertThat(order).hasToString("123.");
  }

  @Test
  void theBytesOfABodyAreThoseThatWereWritten() {
    byte[] sent = incompressible(3_000_000);
    serve(get());
    onLoop(
        x -> {
          x.respond(200, TEXT, Exchange.UNKNOWN_LENGTH);
          for (int at = 0; at < sent.length; at += 100_000) {
            x.write(ByteBuffer.wrap(sent, at, 100_000), null);
          }
          x.finish();
        });
    assertThat(peer.answer().body().getBytes(StandardCharsets.ISO_8859_1)).isEqualTo(sent);
  }
}
