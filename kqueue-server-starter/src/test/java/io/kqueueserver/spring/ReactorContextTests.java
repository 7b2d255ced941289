package io.kqueueserver.spring;

import static io.kqueueserver.spring.WebServerExtension.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.spring.http.HttpHandlerAdapter;
import io.kqueueserver.spring.http.ScriptedExchange;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.server.reactive.ServerHttpResponse;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Reactor's Context goes from the subscriber of a write up to the source of the body. */
class ReactorContextTests {
  private static Stream<Arguments> writes() {
    return Stream.of(
        Arguments.of("GET", "a Mono", write((response, body) -> response.writeWith(body))),
        Arguments.of("GET", "a Flux", write((response, body) -> response.writeWith(body.flux()))),
        Arguments.of(
            "GET",
            "groups",
            write((response, body) -> response.writeAndFlushWith(Flux.just(body)))),
        Arguments.of("HEAD", "a Mono", write((response, body) -> response.writeWith(body))));
  }

  private static BiFunction<ServerHttpResponse, Mono<DataBuffer>, Mono<Void>> write(
      BiFunction<ServerHttpResponse, Mono<DataBuffer>, Mono<Void>> write) {
    return write;
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("writes")
  void aBodySeesTheContextOfItsWrite(
      String method,
      String kind,
      BiFunction<ServerHttpResponse, Mono<DataBuffer>, Mono<Void>> write) {
    StringBuilder seen = new StringBuilder();
    Mono<DataBuffer> body =
        Mono.deferContextual(
            context -> {
              seen.append(context.<String>get("trace"));
              return Mono.just(utf8("abc"));
            });
    ScriptedExchange exchange = new ScriptedExchange(method, "/", "localhost");
    new HttpHandlerAdapter(
            (request, response) ->
                write.apply(response, body).contextWrite(context -> context.put("trace", "7")))
        .handle(exchange);
    exchange.endTurn();
    assertThat(seen).as(kind).hasToString("7");
    assertThat(exchange.finished).isTrue();
  }
}
