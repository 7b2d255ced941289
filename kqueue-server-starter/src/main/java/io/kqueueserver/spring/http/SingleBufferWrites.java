package io.kqueueserver.spring.http;

import java.nio.file.Path;
import org.reactivestreams.Publisher;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.ZeroCopyHttpOutputMessage;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;
import reactor.core.publisher.Mono;

/**
 * The response that the application gets. {@code AbstractServerHttpResponse.writeWith} is final and
 * chains nine operators for a body of one buffer. This decorator sends such a body, the commonest,
 * by a {@link SingleBodyWriter}, with the same outcome in every case ({@code ResponseBodyTests}).
 * All other bodies pass a {@link GuardedBody}.
 */
final class SingleBufferWrites extends ServerHttpResponseDecorator
    implements ZeroCopyHttpOutputMessage {
  private final KqueueServerHttpResponse response;

  SingleBufferWrites(KqueueServerHttpResponse response) {
    super(response);
    this.response = response;
  }

  @Override
  public Mono<Void> writeWith(Publisher<? extends DataBuffer> body) {
    return body instanceof Mono<? extends DataBuffer> mono
        ? new SingleBodyMono(response, mono)
        : response.writeWith(GuardedBody.of(body));
  }

  @Override
  public Mono<Void> writeAndFlushWith(Publisher<? extends Publisher<? extends DataBuffer>> body) {
    return response.writeAndFlushWith(GuardedBody.ofGroups(body));
  }

  @Override
  public Mono<Void> writeWith(Path file, long position, long count) {
    return response.writeWith(file, position, count);
  }
}
