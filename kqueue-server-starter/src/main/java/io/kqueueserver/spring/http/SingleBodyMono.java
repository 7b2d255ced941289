package io.kqueueserver.spring.http;

import org.springframework.core.io.buffer.DataBuffer;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;

/**
 * Requests the body's buffer, then commits the response, then sends. Without a buffer the response
 * is not committed.
 */
final class SingleBodyMono extends Mono<Void> {
  private final KqueueServerHttpResponse response;
  private final Mono<? extends DataBuffer> source;

  SingleBodyMono(KqueueServerHttpResponse response, Mono<? extends DataBuffer> source) {
    this.response = response;
    this.source = source;
  }

  @Override
  public void subscribe(CoreSubscriber<? super Void> actual) {
    SingleBodyWriter writer = new SingleBodyWriter(response, actual, source);
    actual.onSubscribe(writer);
    writer.take();
  }
}
