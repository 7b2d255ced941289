package io.kqueueserver.spring;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.springframework.boot.web.server.WebServer;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.http.server.reactive.HttpHandler;

/** Starts real servers on ports the system picks, and stops them after each test. */
public final class WebServerExtension implements AfterEachCallback {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final List<WebServer> servers = new ArrayList<>();
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  @Override
  public void afterEach(ExtensionContext context) {
    servers.forEach(WebServer::stop);
    servers.clear();
  }

  public WebServer start(HttpHandler handler) {
    return start(new KqueueReactiveWebServerFactory(0), handler);
  }

  public WebServer start(KqueueReactiveWebServerFactory factory, HttpHandler handler) {
    WebServer server = create(factory, handler);
    server.start();
    return server;
  }

  public WebServer create(KqueueReactiveWebServerFactory factory, HttpHandler handler) {
    WebServer server = factory.getWebServer(handler);
    servers.add(server);
    return server;
  }

  public HttpClient client() {
    return client;
  }

  public static HttpRequest.Builder request(WebServer server, String path) {
    return HttpRequest.newBuilder(URI.create("http://localhost:" + server.getPort() + path))
        .timeout(PATIENCE);
  }

  public HttpResponse<String> get(WebServer server, String path) {
    return send(request(server, path));
  }

  public HttpResponse<String> send(HttpRequest.Builder request) {
    try {
      return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  public static DataBuffer utf8(String text) {
    return DefaultDataBufferFactory.sharedInstance.wrap(text.getBytes(StandardCharsets.UTF_8));
  }
}
