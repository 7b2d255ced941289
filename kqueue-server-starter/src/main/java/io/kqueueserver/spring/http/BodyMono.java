package io.kqueueserver.spring.http;

import java.util.function.Function;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;

/** The result of {@code writeWith}: sends the body when it is subscribed to. */
final class BodyMono extends Mono<Void> {
  private final KqueueServerHttpResponse response;
  private final Function<CoreSubscriber<? super Void>, BodyWriter> writers;

  BodyMono(
      KqueueServerHttpResponse response,
      Function<CoreSubscriber<? super Void>, BodyWriter> writers) {
    this.response = response;
    this.writers = writers;
  }

  @Override
  public void subscribe(CoreSubscriber<? super Void> actual) {
    BodyWriter writer = writers.apply(actual);
    actual.onSubscribe(writer);
    response.start(writer);
  }
}
