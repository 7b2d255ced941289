package io.kqueueserver.server;

import io.kqueueserver.KqueueServerBuilder;
import io.kqueueserver.build.TlsFixture;
import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeHandler;
import io.kqueueserver.http.contract.ExchangeFixture;
import io.kqueueserver.http.contract.ExchangePeer;
import io.kqueueserver.http.h2.Http2Options;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * HTTP/2 on real sockets: a server for all tests of a class. In the clear the exchanges of one test
 * share a connection, and a client that disappears resets its stream; over TLS each has its own.
 */
final class Http2ExchangeFixture implements ExchangeFixture {
  private final ExchangeServer server;
  private final boolean tls;
  private final String acceptEncoding;
  private @Nullable Http2ExchangeClient shared;

  private Http2ExchangeFixture(
      boolean tls, String acceptEncoding, Consumer<KqueueServerBuilder> options) {
    this.tls = tls;
    this.acceptEncoding = acceptEncoding;
    server =
        new ExchangeServer(
            tls,
            builder -> options.accept(builder.http2(Http2Options.DEFAULTS)),
            port -> wire(port).close());
  }

  static Http2ExchangeFixture plain() {
    return new Http2ExchangeFixture(false, "", builder -> {});
  }

  static Http2ExchangeFixture tls() {
    return new Http2ExchangeFixture(true, "", builder -> {});
  }

  static Http2ExchangeFixture conscrypt() {
    SSLContext keys = TlsFixture.server(TlsFixture.conscrypt());
    return new Http2ExchangeFixture(true, "", builder -> builder.tls(keys));
  }

  /** Every response that can be is compressed. */
  static Http2ExchangeFixture compressing() {
    return new Http2ExchangeFixture(
        false, "gzip", builder -> builder.compression(ExchangeServer.EVERYTHING));
  }

  private Http2Peer wire(int port) {
    return tls ? Http2Peer.tls(port) : Http2Peer.clear(port);
  }

  @Override
  public ExchangePeer open(Request request, ExchangeHandler handler) {
    List<String> fields = new ArrayList<>();
    fields.add(ExchangeServer.NUMBER + ": " + server.numberOf(handler));
    if (!acceptEncoding.isEmpty()) {
      fields.add("accept-encoding: " + acceptEncoding);
    }
    if (request.contentLength() > 0) {
      fields.add("content-length: " + request.contentLength());
    }
    fields.addAll(request.fields());
    Http2ExchangeClient client = tls ? new Http2ExchangeClient(wire(server.port())) : shared();
    if (request.method().equals("CONNECT")) {
      return client.connect(tls, fields);
    }
    return client.open(tls, request.method(), request.path(), request.contentLength(), fields);
  }

  private Http2ExchangeClient shared() {
    Http2ExchangeClient client = shared;
    if (client == null) {
      client = new Http2ExchangeClient(wire(server.port()));
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
    return new Request("CONNECT", "", Exchange.UNKNOWN_LENGTH, List.of());
  }

  @Override
  public void settle() {
    server.awaitExchanges();
    if (shared != null) {
      shared.close();
      shared = null;
    }
    server.awaitConnections();
  }

  @Override
  public void close() {
    server.close();
  }
}
