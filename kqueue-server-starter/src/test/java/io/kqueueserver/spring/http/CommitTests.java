package io.kqueueserver.spring.http;

import static io.kqueueserver.spring.WebServerExtension.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.reactivestreams.Publisher;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseCookie;
import org.springframework.http.server.reactive.AbstractServerHttpResponse;
import org.springframework.http.server.reactive.ServerHttpResponse;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * What {@code AbstractServerHttpResponse} does around the commit of a response. {@link
 * CommittingResponse} has it anew, so each case runs on a response of Spring's own, too, and both
 * have to give the answer written here.
 */
class CommitTests {
  private final List<String> seen = new ArrayList<>();

  /** What is on the wire; a body of several buffers is joined. */
  record Sent(int status, List<String> fields, String body) {}

  enum Server {
    SPRING {
      @Override
      Supplier<Sent> answer(Function<ServerHttpResponse, Mono<Void>> handler) {
        Springs response = new Springs();
        handler.apply(response).subscribe();
        return response::sent;
      }
    },
    OURS {
      @Override
      Supplier<Sent> answer(Function<ServerHttpResponse, Mono<Void>> handler) {
        ScriptedExchange exchange = ScriptedExchange.get();
        new HttpHandlerAdapter((request, response) -> handler.apply(response)).handle(exchange);
        return () -> {
          exchange.endTurn();
          return new Sent(exchange.status(), exchange.fields, exchange.sent());
        };
      }
    };

    abstract Supplier<Sent> answer(Function<ServerHttpResponse, Mono<Void>> handler);
  }

  enum Body {
    MONO {
      @Override
      Mono<Void> write(ServerHttpResponse response, String text) {
        return response.writeWith(Mono.just(utf8(text)));
      }
    },
    FLUX {
      @Override
      Mono<Void> write(ServerHttpResponse response, String text) {
        return response.writeWith(Flux.just(utf8(text)));
      }
    },
    GROUPS {
      @Override
      Mono<Void> write(ServerHttpResponse response, String text) {
        return response.writeAndFlushWith(Mono.just(Mono.just(utf8(text))));
      }
    };

    abstract Mono<Void> write(ServerHttpResponse response, String text);
  }

  @ParameterizedTest
  @EnumSource
  void actionsRunOnceAndInOrderWhileFieldsAndCookiesMayBeSet(Server server) {
    Supplier<Sent> sent =
        server.answer(
            response -> {
              response.beforeCommit(
                  () -> Mono.fromRunnable(() -> response.getHeaders().add("X-Order", "1")));
              response.beforeCommit(
                  () ->
                      Mono.fromRunnable(
                          () -> {
                            response.getHeaders().add("X-Order", "2");
                            response.setStatusCode(HttpStatus.ACCEPTED);
                            response.addCookie(ResponseCookie.from("late", "yes").build());
                          }));
              return response.setComplete().then(Mono.defer(response::setComplete));
            });
    assertThat(sent.get())
        .isEqualTo(new Sent(202, List.of("X-Order: 1", "X-Order: 2", "Set-Cookie: late=yes"), ""));
  }

  @ParameterizedTest
  @EnumSource
  void whatWasCommittedCannotBeChanged(Server server) {
    Supplier<Sent> sent =
        server.answer(
            response -> {
              response.getHeaders().set("X-Early", "yes");
              ResponseCookie cookie = ResponseCookie.from("a", "b").build();
              return response
                  .setComplete()
                  .then(
                      Mono.fromRunnable(
                          () -> {
                            seen.add("committed " + response.isCommitted());
                            seen.add("status " + response.setStatusCode(HttpStatus.CREATED));
                            note(() -> response.getHeaders().add("X-Late", "yes"));
                            note(() -> response.addCookie(cookie));
                            note(() -> response.getCookies().add("a", cookie));
                          }));
            });
    assertThat(sent.get()).isEqualTo(new Sent(200, List.of("X-Early: yes"), ""));
    assertThat(seen)
        .containsExactly(
            "committed true",
            "status false",
            "UnsupportedOperationException",
            "IllegalStateException",
            "UnsupportedOperationException");
  }

  @ParameterizedTest
  @EnumSource(Body.class)
  void anActionThatFailsLeavesTheResponseOpenForOneMoreBody(Body body) {
    for (Server server : Server.values()) {
      seen.clear();
      Supplier<Sent> sent =
          server.answer(
              response -> {
                response.getHeaders().setContentType(MediaType.TEXT_PLAIN);
                response.getHeaders().setContentLength(3);
                response.getHeaders().set("X-Kept", "yes");
                response.beforeCommit(
                    () -> {
                      seen.add("action");
                      return Mono.error(new IllegalStateException("expected"));
                    });
                return body.write(response, "abc")
                    .onErrorResume(
                        e -> {
                          seen.add(e.getMessage() + ", committed " + response.isCommitted());
                          response.setStatusCode(HttpStatus.BAD_GATEWAY);
                          return body.write(response, "sorry");
                        });
              });
      assertThat(sent.get())
          .as(server.name())
          .isEqualTo(new Sent(502, List.of("X-Kept: yes"), "sorry"));
      assertThat(seen).as(server.name()).containsExactly("action", "expected, committed false");
    }
  }

  @ParameterizedTest
  @EnumSource(Body.class)
  void aBodyThatFailsBeforeItsFirstBufferTakesItsContentFieldsWithIt(Body body) {
    for (Server server : Server.values()) {
      Supplier<Sent> sent =
          server.answer(
              response -> {
                response.getHeaders().setContentType(MediaType.APPLICATION_PDF);
                response.getHeaders().setContentLength(100);
                return failing(body, response).onErrorResume(e -> body.write(response, "sorry"));
              });
      assertThat(sent.get()).as(server.name()).isEqualTo(new Sent(200, List.of(), "sorry"));
    }
  }

  private static Mono<Void> failing(Body body, ServerHttpResponse response) {
    IllegalStateException expected = new IllegalStateException("expected");
    return switch (body) {
      case MONO -> response.writeWith(Mono.error(expected));
      case FLUX -> response.writeWith(Flux.error(expected));
      case GROUPS -> response.writeAndFlushWith(Flux.error(expected));
    };
  }

  @ParameterizedTest
  @EnumSource(Body.class)
  void aSecondBodyGoesNowhere(Body body) {
    for (Server server : Server.values()) {
      Supplier<Sent> sent =
          server.answer(
              response ->
                  body.write(response, "first")
                      .and(Mono.defer(() -> body.write(response, "second"))));
      assertThat(sent.get()).as(server.name()).isEqualTo(new Sent(200, List.of(), "first"));
    }
  }

  @ParameterizedTest
  @EnumSource
  void aMonoWithoutABufferIsNoCommit(Server server) {
    Supplier<Sent> sent =
        server.answer(
            response ->
                response
                    .writeWith(Mono.empty())
                    .then(
                        Mono.defer(
                            () -> {
                              seen.add("committed " + response.isCommitted());
                              response.setStatusCode(HttpStatus.NOT_FOUND);
                              return response.setComplete();
                            })));
    assertThat(sent.get()).isEqualTo(new Sent(404, List.of(), ""));
    assertThat(seen).containsExactly("committed false");
  }

  @ParameterizedTest
  @EnumSource
  void whileAnActionRunsTheCommitIsTakenAndTheStatusIsStillOpen(Server server) {
    Sinks.Empty<Void> action = Sinks.empty();
    List<ServerHttpResponse> responses = new ArrayList<>();
    Supplier<Sent> sent =
        server.answer(
            response -> {
              responses.add(response);
              response.beforeCommit(action::asMono);
              return response.writeWith(Flux.just(utf8("body")));
            });
    ServerHttpResponse response = responses.get(0);
    assertThat(response.isCommitted()).isTrue();
    assertThat(response.setStatusCode(HttpStatus.CREATED)).isTrue();
    response.getHeaders().set("X-Between", "yes");

    action.tryEmitEmpty().orThrow();

    assertThat(sent.get()).isEqualTo(new Sent(201, List.of("X-Between: yes"), "body"));
    assertThat(response.setStatusCode(HttpStatus.OK)).isFalse();
  }

  @ParameterizedTest
  @EnumSource(Body.class)
  void anActionSeesTheContextOfTheHandler(Body body) {
    for (Server server : Server.values()) {
      Supplier<Sent> sent =
          server.answer(
              response -> {
                response.beforeCommit(
                    () ->
                        Mono.deferContextual(
                            context -> {
                              response.getHeaders().set("X-Trace", context.get("trace"));
                              return Mono.empty();
                            }));
                return body.write(response, "a").contextWrite(context -> context.put("trace", "7"));
              });
      assertThat(sent.get()).as(server.name()).isEqualTo(new Sent(200, List.of("X-Trace: 7"), "a"));
    }
  }

  private void note(Runnable attempt) {
    try {
      attempt.run();
      seen.add("nothing");
    } catch (RuntimeException e) {
      seen.add(e.getClass().getSimpleName());
    }
  }

  /** As little as a server of Spring's own adds to its parent. */
  private static final class Springs extends AbstractServerHttpResponse {
    private final List<String> fields = new ArrayList<>();
    private final StringBuilder body = new StringBuilder();
    private int status;

    Springs() {
      super(DefaultDataBufferFactory.sharedInstance);
    }

    Sent sent() {
      return new Sent(status, fields, body.toString());
    }

    @SuppressWarnings("TypeParameterUnusedInFormals") // Spring's signature
    @Override
    public <T> T getNativeResponse() {
      throw new UnsupportedOperationException();
    }

    @Override
    protected Mono<Void> writeWithInternal(Publisher<? extends DataBuffer> buffers) {
      return Flux.from(buffers)
          .doOnNext(buffer -> body.append(buffer.toString(StandardCharsets.UTF_8)))
          .then();
    }

    @Override
    protected Mono<Void> writeAndFlushWithInternal(
        Publisher<? extends Publisher<? extends DataBuffer>> groups) {
      return Flux.from(groups).concatMap(this::writeWithInternal).then();
    }

    @Override
    protected void applyStatusCode() {
      HttpStatusCode code = getStatusCode();
      status = code == null ? 200 : code.value();
    }

    @Override
    protected void applyHeaders() {
      getHeaders().forEach((name, values) -> values.forEach(v -> fields.add(name + ": " + v)));
    }

    @Override
    protected void applyCookies() {
      getCookies()
          .values()
          .forEach(same -> same.forEach(c -> fields.add(HttpHeaders.SET_COOKIE + ": " + c)));
    }
  }
}
