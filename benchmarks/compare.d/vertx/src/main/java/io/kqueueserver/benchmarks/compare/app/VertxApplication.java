package io.kqueueserver.benchmarks.compare.app;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.nio.file.Files;
import java.nio.file.Path;

/** The comparison's answers from Vert.x alone: what the JVM's servers cost without Spring. */
public final class VertxApplication {
  private static final Buffer HELLO = Buffer.buffer("Hello, World!");
  private static final Buffer JSON = Buffer.buffer("{\"message\":\"Hello, World!\"}");
  private static final Buffer BLOB = Buffer.buffer(new byte[1024 * 1024]);

  private final String file;

  private VertxApplication(Path file) {
    this.file = file.toString();
  }

  public static void main(String[] args) throws Exception {
    Path file = Files.createTempFile("compare", ".blob");
    file.toFile().deleteOnExit();
    VertxApplication application =
        new VertxApplication(Files.write(file, new byte[1024 * 1024]));
    Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1))
        .createHttpServer()
        .requestHandler(application::answer)
        .listen(Integer.parseInt(args[0]), "127.0.0.1")
        .toCompletionStage()
        .toCompletableFuture()
        .get();
    Console.start();
  }

  private void answer(HttpServerRequest request) {
    HttpServerResponse response = request.response();
    switch (request.path()) {
      case "/echo" -> {
        response.setChunked(true);
        request.pipeTo(response);
      }
      case "/blob" -> response.putHeader("Content-Type", "application/octet-stream").end(BLOB);
      case "/file" ->
          response.putHeader("Content-Type", "application/octet-stream").sendFile(file);
      case "/json" -> response.putHeader("Content-Type", "application/json").end(JSON);
      default -> response.putHeader("Content-Type", "text/plain").end(HELLO);
    }
  }
}
