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
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** HTTP/1.1 on real sockets: a server for all tests of a class, a connection per exchange. */
final class Http1ExchangeFixture implements ExchangeFixture {
  private static final String NUMBER = "Exchange-Number";
  static final Path FILE = newFile();
  private static final Compression EVERYTHING =
      new Compression(List.of(ContentCoding.GZIP), 1, -1, type -> true, List.of(), 8);

  private final KqueueServer server;
  private final boolean tls;
  private final String acceptEncoding;
  private final Map<String, ExchangeHandler> handlers = new ConcurrentHashMap<>();
  private final AtomicInteger numbers = new AtomicInteger();
  private final int descriptorsBefore;

  private Http1ExchangeFixture(
      boolean tls, String acceptEncoding, Consumer<KqueueServerBuilder> options) {
    this.tls = tls;
    this.acceptEncoding = acceptEncoding;
    KqueueServerBuilder builder = KqueueServer.builder().port(0).loops(1).handler(this::dispatch);
    if (tls) {
      builder.tls(TlsFixture.server());
    }
    options.accept(builder);
    server = builder.build();
    server.start(); // classes and what the JDK keeps open are there before the count
    connectOnce();
    server.stop();
    descriptorsBefore = Descriptors.open();
    server.start();
  }

  static Http1ExchangeFixture plain() {
    return new Http1ExchangeFixture(false, "", builder -> {});
  }

  static Http1ExchangeFixture tls() {
    return new Http1ExchangeFixture(true, "", builder -> {});
  }

  /** Every response that can be is compressed. */
  static Http1ExchangeFixture compressing() {
    return new Http1ExchangeFixture(false, "gzip", builder -> builder.compression(EVERYTHING));
  }

  private void connectOnce() {
    try (Socket socket = connect()) {
      assertThat(socket.isConnected()).isTrue();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path newFile() {
    try {
      Path file = Files.createTempFile("exchange", ".txt");
      file.toFile().deleteOnExit();
      String numbers =
          IntStream.range(0, 10_000)
              .mapToObj(i -> String.format("%04d", i))
              .collect(Collectors.joining());
      return Files.writeString(file, numbers);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void dispatch(Exchange exchange) {
    String number = exchange.request().headers().first(NUMBER);
    handlers.get(number).handle(exchange);
  }

  @Override
  public ExchangePeer open(Request request, ExchangeHandler handler) {
    String number = String.valueOf(numbers.incrementAndGet());
    handlers.put(number, handler);
    StringBuilder head = new StringBuilder();
    head.append(request.method()).append(' ').append(request.path()).append(" HTTP/1.1\r\n");
    head.append("Host: test\r\n").append(NUMBER).append(": ").append(number).append("\r\n");
    if (!acceptEncoding.isEmpty()) {
      head.append("Accept-Encoding: ").append(acceptEncoding).append("\r\n");
    }
    boolean chunked = request.contentLength() == UNKNOWN;
    if (chunked) {
      head.append("Transfer-Encoding: chunked\r\n");
    } else if (request.contentLength() > 0) {
      head.append("Content-Length: ").append(request.contentLength()).append("\r\n");
    }
    request.fields().forEach(field -> head.append(field).append("\r\n"));
    head.append("\r\n");
    Http1ExchangePeer peer = new Http1ExchangePeer(connect(), request.method(), chunked);
    peer.send(head.toString().getBytes(StandardCharsets.ISO_8859_1));
    return peer;
  }

  private Socket connect() {
    try {
      return tls
          ? TlsFixture.connect(TlsFixture.client(), server.port())
          : new Socket(InetAddress.getLoopbackAddress(), server.port());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public Path file() {
    return FILE;
  }

  @Override
  public void settle() {
    await("exchanges end").until(() -> server.activeExchanges() == 0);
    await("connections close").until(() -> server.connections() == 0);
    assertThat(server.running().encoders()).as("encoders at work").isLessThanOrEqualTo(1);
  }

  @Override
  public void close() {
    server.stop();
    await("descriptors are closed").until(() -> Descriptors.open() <= descriptorsBefore);
  }
}
