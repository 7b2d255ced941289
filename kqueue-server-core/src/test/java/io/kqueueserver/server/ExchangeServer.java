package io.kqueueserver.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.KqueueServer;
import io.kqueueserver.KqueueServerBuilder;
import io.kqueueserver.build.TlsFixture;
import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeHandler;
import io.kqueueserver.http.coding.Compression;
import io.kqueueserver.http.coding.ContentCoding;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/**
 * A server on a real socket for all exchanges of a class of tests, whatever they are carried by. A
 * request names its handler by a number in the field {@value #NUMBER}.
 */
final class ExchangeServer {
  static final String NUMBER = "exchange-number";

  /** Every response that can be is compressed. */
  static final Compression EVERYTHING =
      new Compression(List.of(ContentCoding.GZIP), 1, -1, type -> true, List.of(), 8);

  private final KqueueServer server;
  private final Map<String, ExchangeHandler> handlers = new ConcurrentHashMap<>();
  private final AtomicInteger numbers = new AtomicInteger();
  private final int descriptorsBefore;

  /**
   * @param firstClient connects to the port and disconnects: classes and what the JDK keeps open
   *     are there before descriptors are counted
   */
  ExchangeServer(boolean tls, Consumer<KqueueServerBuilder> options, IntConsumer firstClient) {
    KqueueServerBuilder builder = KqueueServer.builder().port(0).loops(1).handler(this::dispatch);
    if (tls) {
      builder.tls(TlsFixture.server());
    }
    options.accept(builder);
    server = builder.build();
    server.start();
    firstClient.accept(server.port());
    server.stop();
    descriptorsBefore = Descriptors.open();
    server.start();
  }

  private void dispatch(Exchange exchange) {
    handlers.get(exchange.request().headers().first(NUMBER)).handle(exchange);
  }

  /** Has the handler serve the request that has this number. */
  String numberOf(ExchangeHandler handler) {
    String number = String.valueOf(numbers.incrementAndGet());
    handlers.put(number, handler);
    return number;
  }

  int port() {
    return server.port();
  }

  void awaitExchanges() {
    await("exchanges end").until(() -> server.activeExchanges() == 0);
  }

  void awaitConnections() {
    await("connections close").until(() -> server.connections() == 0);
    assertThat(server.running().encoders()).as("encoders at work").isLessThanOrEqualTo(1);
  }

  void close() {
    server.stop();
    await("descriptors are closed").until(() -> Descriptors.open() <= descriptorsBefore);
  }
}
