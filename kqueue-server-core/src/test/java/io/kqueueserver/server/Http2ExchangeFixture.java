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
import io.kqueueserver.http.contract.ExchangeFixture;
import io.kqueueserver.http.contract.ExchangePeer;
import io.kqueueserver.http.h2.Http2Options;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * HTTP/2 on real sockets: a server for all tests of a class. In the clear the exchanges of one test
 * share a connection, and a client that disappears resets its stream; over TLS each has its own.
 */
final class Http2ExchangeFixture implements ExchangeFixture {
  private static final String NUMBER = "exchange-number";
  private static final Compression EVERYTHING =
      new Compression(List.of(ContentCoding.GZIP), 1, -1, type -> true, List.of(), 8);

  private final KqueueServer server;
  private final boolean tls;
  private final String acceptEncoding;
  private final Map<String, ExchangeHandler> handlers = new ConcurrentHashMap<>();
  private final AtomicInteger numbers = new AtomicInteger();
  private final int descriptorsBefore;
  private @Nullable Http2ExchangeClient shared;

  private Http2ExchangeFixture(
      boolean tls, String acceptEncoding, Consumer<KqueueServerBuilder> options) {
    this.tls = tls;
    this.acceptEncoding = acceptEncoding;
    KqueueServerBuilder builder =
        KqueueServer.builder()
            .port(0)
            .loops(1)
            .http2(Http2Options.DEFAULTS)
            .handler(this::dispatch);
    if (tls) {
      builder.tls(TlsFixture.server());
    }
    options.accept(builder);
    server = builder.build();
    server.start(); // classes and what the JDK keeps open are there before the count
    wire().close();
    server.stop();
    descriptorsBefore = Descriptors.open();
    server.start();
  }

  static Http2ExchangeFixture plain() {
    return new Http2ExchangeFixture(false, "", builder -> {});
  }

  static Http2ExchangeFixture tls() {
    return new Http2ExchangeFixture(true, "", builder -> {});
  }

  /** Every response that can be is compressed. */
  static Http2ExchangeFixture compressing() {
    return new Http2ExchangeFixture(false, "gzip", builder -> builder.compression(EVERYTHING));
  }

  private void dispatch(Exchange exchange) {
    handlers.get(exchange.request().headers().first(NUMBER)).handle(exchange);
  }

  private Http2Peer wire() {
    return tls ? Http2Peer.tls(server.port()) : Http2Peer.clear(server.port());
  }

  @Override
  public ExchangePeer open(Request request, ExchangeHandler handler) {
    String number = String.valueOf(numbers.incrementAndGet());
    handlers.put(number, handler);
    List<String> fields = new ArrayList<>();
    fields.add(NUMBER + ": " + number);
    if (!acceptEncoding.isEmpty()) {
      fields.add("accept-encoding: " + acceptEncoding);
    }
    if (request.contentLength() > 0) {
      fields.add("content-length: " + request.contentLength());
    }
    fields.addAll(request.fields());
    Http2ExchangeClient client = tls ? new Http2ExchangeClient(wire()) : shared();
    if (request.method().equals("CONNECT")) {
      return client.connect(tls, fields);
    }
    return client.open(tls, request.method(), request.path(), request.contentLength(), fields);
  }

  private Http2ExchangeClient shared() {
    Http2ExchangeClient client = shared;
    if (client == null) {
      client = new Http2ExchangeClient(wire());
      shared = client;
    }
    return client;
  }

  @Override
  public Path file() {
    return Http1ExchangeFixture.FILE;
  }

  @Override
  public Request switching() {
    return new Request("CONNECT", "", UNKNOWN, List.of());
  }

  @Override
  public void settle() {
    await("exchanges end").until(() -> server.activeExchanges() == 0);
    if (shared != null) {
      shared.close();
      shared = null;
    }
    await("connections close").until(() -> server.connections() == 0);
    assertThat(server.running().encoders()).as("encoders at work").isLessThanOrEqualTo(1);
  }

  @Override
  public void close() {
    server.stop();
    await("descriptors are closed").until(() -> Descriptors.open() <= descriptorsBefore);
  }
}
