package io.kqueueserver.build;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeHandler;
import io.kqueueserver.http.ExchangeListener;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.Headers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Answers with the version of the request, a space, and its body: {@code HTTP_2 hello}. */
public final class VersionEcho implements ExchangeHandler {
  @Override
  public void handle(Exchange exchange) {
    StringBuilder body = new StringBuilder(exchange.request().version().name()).append(' ');
    exchange.listener(
        new ExchangeListener() {
          @Override
          public void onBody(ByteBuffer data) {
            body.append(StandardCharsets.US_ASCII.decode(data));
          }

          @Override
          public void onBodyComplete(Headers trailers) {
            byte[] answer = body.toString().getBytes(StandardCharsets.US_ASCII);
            exchange.respond(200, HeaderSource.NONE, answer.length);
            exchange.write(ByteBuffer.wrap(answer), null);
            exchange.finish();
          }
        });
    exchange.demand(Long.MAX_VALUE);
  }
}
