package io.kqueueserver.benchmarks.compare.app;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;

/** The comparison's answers from Vert.x alone: what the JVM's servers cost without Spring. */
public final class VertxApplication {
  private static final Buffer HELLO = Buffer.buffer("Hello, World!");
  private static final Buffer JSON = Buffer.buffer("{\"message\":\"Hello, World!\"}");
  private static final Buffer BLOB = Buffer.buffer(new byte[1024 * 1024]);

  private VertxApplication() {}

  public static void main(String[] args) throws Exception {
    Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1))
        .createHttpServer()
        .requestHandler(VertxApplication::answer)
        .listen(Integer.parseInt(args[0]), "127.0.0.1")
        .toCompletionStage()
        .toCompletableFuture()
        .get();
    Console.start();
  }

  private static void answer(HttpServerRequest request) {
    HttpServerResponse response = request.response();
    switch (request.path()) {
      case "/echo" -> {
        response.setChunked(true);
        request.pipeTo(response);
      }
      case "/blob" -> response.putHeader("Content-Type", "application/octet-stream").end(BLOB);
      case "/json" -> response.putHeader("Content-Type", "application/json").end(JSON);
      default -> response.putHeader("Content-Type", "text/plain").end(HELLO);
    }
  }
}
