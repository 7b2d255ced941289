package io.kqueueserver.benchmarks.steady;

import io.kqueueserver.benchmarks.load.Bodies;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** A WebSocket session: messages that must come back as they were, and a close. */
final class EchoSession implements WebSocket.Listener {
  private static final int MESSAGES = 20;
  private static final int MOST_BYTES = 32 * 1024;
  private static final long PATIENCE_SECONDS = 60;

  private final ByteArrayOutputStream message = new ByteArrayOutputStream();
  private CompletableFuture<byte[]> echoed = new CompletableFuture<>();
  private final CompletableFuture<Integer> closed = new CompletableFuture<>();

  private EchoSession() {}

  static boolean run(HttpClient client, URI uri) throws Exception {
    EchoSession session = new EchoSession();
    WebSocket socket =
        client
            .newWebSocketBuilder()
            .buildAsync(uri, session)
            .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    try {
      for (int i = 0; i < MESSAGES; i++) {
        session.exchange(socket);
        Thread.sleep(50);
      }
      socket.sendClose(WebSocket.NORMAL_CLOSURE, "");
      if (session.closed.get(PATIENCE_SECONDS, TimeUnit.SECONDS) != WebSocket.NORMAL_CLOSURE) {
        throw new IOException("closed by " + session.closed.get());
      }
      return false;
    } finally {
      socket.abort();
    }
  }

  private void exchange(WebSocket socket) throws Exception {
    byte[] sent = Bodies.body(ThreadLocalRandom.current().nextInt(MOST_BYTES));
    CompletableFuture<byte[]> answer = new CompletableFuture<>();
    synchronized (this) {
      echoed = answer;
    }
    socket.sendBinary(ByteBuffer.wrap(sent), true).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    if (!Arrays.equals(answer.get(PATIENCE_SECONDS, TimeUnit.SECONDS), sent)) {
      throw new IOException("a message came back as another");
    }
  }

  @Override
  public synchronized CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
    byte[] bytes = new byte[data.remaining()];
    data.get(bytes);
    message.writeBytes(bytes);
    if (last) {
      echoed.complete(message.toByteArray());
      message.reset();
    }
    socket.request(1);
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
    closed.complete(code);
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public synchronized void onError(WebSocket socket, Throwable error) {
    echoed.completeExceptionally(error);
    closed.completeExceptionally(error);
  }
}
