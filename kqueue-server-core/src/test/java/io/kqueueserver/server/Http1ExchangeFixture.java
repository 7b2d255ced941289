package io.kqueueserver.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.KqueueServerBuilder;
import io.kqueueserver.build.TlsFixture;
import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeHandler;
import io.kqueueserver.http.contract.ExchangeFixture;
import io.kqueueserver.http.contract.ExchangePeer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.net.ssl.SSLContext;

/** HTTP/1.1 on real sockets: a server for all tests of a class, a connection per exchange. */
final class Http1ExchangeFixture implements ExchangeFixture {
  static final Path FILE = newFile();

  private final ExchangeServer server;
  private final boolean tls;
  private final String acceptEncoding;

  private Http1ExchangeFixture(
      boolean tls, String acceptEncoding, Consumer<KqueueServerBuilder> options) {
    this.tls = tls;
    this.acceptEncoding = acceptEncoding;
    server = new ExchangeServer(tls, options, this::connectOnce);
  }

  static Http1ExchangeFixture plain() {
    return new Http1ExchangeFixture(false, "", builder -> {});
  }

  static Http1ExchangeFixture tls() {
    return new Http1ExchangeFixture(true, "", builder -> {});
  }

  static Http1ExchangeFixture conscrypt() {
    SSLContext keys = TlsFixture.server(TlsFixture.conscrypt());
    return new Http1ExchangeFixture(true, "", builder -> builder.tls(keys));
  }

  /** Every response that can be is compressed. */
  static Http1ExchangeFixture compressing() {
    return new Http1ExchangeFixture(
        false, "gzip", builder -> builder.compression(ExchangeServer.EVERYTHING));
  }

  private void connectOnce(int port) {
    try (Socket socket = connect(port)) {
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

  @Override
  public ExchangePeer open(Request request, ExchangeHandler handler) {
    String number = server.numberOf(handler);
    StringBuilder head = new StringBuilder();
    head.append(request.method()).append(' ').append(request.path()).append(" HTTP/1.1\r\n");
    head.append("Host: test\r\n");
    head.append(ExchangeServer.NUMBER).append(": ").append(number).append("\r\n");
    if (!acceptEncoding.isEmpty()) {
      head.append("Accept-Encoding: ").append(acceptEncoding).append("\r\n");
    }
    boolean chunked = request.contentLength() == Exchange.UNKNOWN_LENGTH;
    if (chunked) {
      head.append("Transfer-Encoding: chunked\r\n");
    } else if (request.contentLength() > 0) {
      head.append("Content-Length: ").append(request.contentLength()).append("\r\n");
    }
    request.fields().forEach(field -> head.append(field).append("\r\n"));
    head.append("\r\n");
    Http1ExchangePeer peer =
        new Http1ExchangePeer(connect(server.port()), request.method(), chunked);
    peer.send(head.toString().getBytes(StandardCharsets.ISO_8859_1));
    return peer;
  }

  private Socket connect(int port) {
    try {
      return tls
          ? TlsFixture.connect(TlsFixture.client(), port)
          : new Socket(InetAddress.getLoopbackAddress(), port);
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
    server.awaitExchanges();
    server.awaitConnections();
  }

  @Override
  public void close() {
    server.close();
  }
}
