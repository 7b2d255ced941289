package io.kqueueserver.http.contract;

import static io.kqueueserver.http.contract.ExchangeFixture.Request.get;
import static io.kqueueserver.http.contract.ExchangeFixture.Request.post;
import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.Headers;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** The request's side: head, body by demand, trailers, and what is known of the client. */
abstract class ExchangeRequestContract extends ExchangeContractBase {
  @Test
  void theRequestIsAsItWasSent() {
    serve(get("X-Test: yes", "x-test: again"));
    assertThat(exchange.request().method()).isEqualTo("GET");
    assertThat(exchange.request().path()).isEqualTo("/a?b");
    assertThat(exchange.request().authority()).isNotEmpty();
    assertThat(exchange.request().contentLength()).isZero();
    assertThat(exchange.request().headers().all("X-TEST")).containsExactly("yes", "again");
    onLoop(x -> answer(x, 200, "ok"));
    assertAnswered(peer.answer(), 200, "ok");
  }

  @Test
  void whatIsKnownOfTheClientIsKnownOnAnyThreadAndAfterTheEnd() {
    serve(get());
    onLoop(x -> answer(x, 200, "ok"));
    peer.answer();
    untilHeard("complete");
    assertThat(exchange.scheme()).isIn("http", "https");
    assertThat(exchange.remoteAddress()).isNotNull();
    assertThat(exchange.localAddress()).isNotNull();
    assertThat(exchange.request().path()).isEqualTo("/a?b");
  }

  @Test
  void noTwoExchangesHaveOneId() {
    Set<String> ids = new HashSet<>();
    for (int i = 0; i < 5; i++) {
      serve(get());
      ids.add(exchange.id());
      onLoop(x -> answer(x, 200, "ok"));
      peer.answer();
      untilHeard("complete");
      peer.close();
      heard = new Heard();
    }
    assertThat(ids).hasSize(5);
  }

  @Test
  void aTaskRunsOnTheLoopAndInOrder() {
    StringBuilder order = new StringBuilder();
    CompletableFuture<Boolean> inLoop = new CompletableFuture<>();
    serve(get());
    for (int i = 0; i < 9; i++) {
      int number = i;
      assertThat(exchange.execute(() -> order.append(number))).isTrue();
    }
    assertThat(exchange.execute(() -> inLoop.complete(exchange.inLoop()))).isTrue();
    until(inLoop::isDone);
    assertThat(inLoop.join()).isTrue();
    assertThat(order).hasToString("012345678");
    onLoop(x -> answer(x, 200, "ok"));
  }

  @Test
  void theHandlerRunsOnTheLoop() {
    CompletableFuture<Boolean> inLoop = new CompletableFuture<>();
    serve(get(), x -> inLoop.complete(x.inLoop()));
    assertThat(inLoop.join()).isTrue();
    onLoop(x -> answer(x, 200, "ok"));
  }

  // ---- body

  @Test
  void aRequestWithoutBodyIsCompleteWithoutDemand() {
    serve(get());
    untilHeard("bodyComplete");
    onLoop(x -> answer(x, 200, "ok"));
    assertThat(heard.body()).isEmpty();
  }

  @Test
  void aListenerThatComesAfterTheBodysEndHearsOfIt() {
    serve(get());
    untilHeard("bodyComplete");
    Heard late = new Heard();
    onLoop(x -> x.listener(late));
    until(() -> late.count("bodyComplete") == 1);
    onLoop(x -> answer(x, 200, "ok"));
    until(() -> late.count("complete") == 1);
    assertThat(heard.hasEnded()).as("the listener that it replaced").isFalse();
  }

  @Test
  void nothingOfABodyComesWithoutDemand() {
    serve(post(5));
    peer.sendBody("hello");
    onLoop(x -> {});
    onLoop(x -> answer(x, 200, "unread"));
    assertAnswered(peer.answer(), 200, "unread");
    assertThat(heard.count("body")).isZero();
  }

  @Test
  void aDemandLetsThatManyPiecesThroughAndNoMore() {
    serve(post(100_000));
    onLoop(x -> x.demand(1));
    peer.sendBody("x".repeat(100_000));
    untilHeard("body");
    onLoop(x -> {});
    onLoop(x -> {});
    assertThat(heard.count("body")).isEqualTo(1);
    heard.then =
        call -> {
          if (call.equals("body")) {
            exchange.demand(1);
          }
        };
    onLoop(x -> x.demand(1));
    untilHeard("bodyComplete");
    assertThat(heard.body()).hasSize(100_000);
    onLoop(x -> answer(x, 200, "ok"));
    assertAnswered(peer.answer(), 200, "ok");
  }

  @Test
  void demandAddsUpWithoutOverflow() {
    serve(post(Exchange.UNKNOWN_LENGTH));
    onLoop(
        x -> {
          x.demand(Long.MAX_VALUE);
          x.demand(Long.MAX_VALUE);
        });
    for (int i = 0; i < 20; i++) {
      peer.sendBody("piece" + i);
      int soFar = i;
      until(() -> heard.body().indexOf("piece" + soFar) >= 0);
    }
    peer.endBody();
    untilHeard("bodyComplete");
    onLoop(x -> answer(x, 200, "ok"));
  }

  @Test
  void noDemandAtAllIsNoDemand() {
    serve(post(5));
    peer.sendBody("hello");
    onLoop(
        x -> {
          x.demand(0);
          x.demand(-1);
        });
    onLoop(x -> {});
    assertThat(heard.count("body")).isZero();
    onLoop(x -> answer(x, 200, "ok"));
  }

  @Test
  void aBodyOfAnnouncedLengthIsCompleteWithoutFurtherDemand() {
    serve(post(5));
    peer.sendBody("hello");
    heard.then =
        call -> {
          if (call.equals("body") && heard.body().length() < 5) {
            exchange.demand(1);
          }
        };
    onLoop(x -> x.demand(1));
    untilHeard("bodyComplete");
    assertThat(heard.body()).isEqualTo("hello");
    onLoop(x -> answer(x, 200, "ok"));
  }

  @Test
  void aPieceBelongsToTheListener() {
    serve(post(300_000));
    onLoop(x -> x.demand(Long.MAX_VALUE));
    StringBuilder sent = new StringBuilder();
    for (int i = 0; i < 30; i++) {
      String piece = String.valueOf((char) ('A' + i)).repeat(10_000);
      sent.append(piece);
      peer.sendBody(piece);
    }
    untilHeard("bodyComplete");
    assertThat(heard.body()).isEqualTo(sent.toString());
    onLoop(x -> answer(x, 200, "ok"));
  }

  @Test
  void trailersComeWithTheEndOfTheBody() {
    serve(post(Exchange.UNKNOWN_LENGTH));
    onLoop(x -> x.demand(Long.MAX_VALUE));
    peer.sendBody("hello");
    peer.endBody("x-sum: 42");
    untilHeard("bodyComplete");
    Headers trailers = heard.trailers;
    assertThat(trailers).isNotNull();
    assertThat(trailers.first("X-Sum")).isEqualTo("42");
    onLoop(x -> answer(x, 200, "ok"));
  }

  @Test
  void theFirstDemandTellsAWaitingClientToGoOn() {
    serve(post(5, "Expect: 100-continue"));
    onLoop(
        x -> {
          x.demand(1);
          x.demand(1);
        });
    assertThat(peer.interim()).isEqualTo(100);
    peer.sendBody("hello");
    untilHeard("bodyComplete");
    onLoop(x -> answer(x, 200, "ok"));
    assertAnswered(peer.answer(), 200, "ok");
  }

  @Test
  void anAnswerBeforeAnyDemandTellsAWaitingClientThatInstead() {
    serve(post(5, "Expect: 100-continue"));
    onLoop(x -> answer(x, 417, "no"));
    assertAnswered(peer.answer(), 417, "no");
  }

  // ---- the rest of a body

  @Test
  void aDiscardedBodyIsNotHeardAndDisturbsNothing() {
    serve(post(50_000));
    onLoop(Exchange::discardBody);
    peer.sendBody("x".repeat(50_000));
    onLoop(x -> answer(x, 200, "ok"));
    assertAnswered(peer.answer(), 200, "ok");
    assertThat(heard.count("body")).isZero();
    assertServesOn();
  }

  @Test
  void aBodyMayBeReadAfterTheResponsesHead() {
    serve(post(5));
    onLoop(x -> x.respond(200, TEXT, Exchange.UNKNOWN_LENGTH));
    onLoop(x -> x.demand(5));
    peer.sendBody("hello");
    untilHeard("bodyComplete");
    onLoop(
        x -> {
          x.write(ascii(heard.body()), null);
          x.finish();
        });
    assertAnswered(peer.answer(), 200, "hello");
  }

  @Test
  void aClientThatGoesInTheMiddleOfItsBodyIsAnError() {
    serve(post(50));
    onLoop(x -> x.demand(5));
    peer.sendBody("hello");
    untilHeard("body");
    peer.disappear();
    untilHeard("error");
    assertThat(heard.count("bodyComplete")).isZero();
  }
}
