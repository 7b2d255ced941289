package io.kqueueserver.build;

import io.kqueueserver.RunningServer;
import io.kqueueserver.loop.EventLoop;
import io.kqueueserver.net.Connection;
import io.kqueueserver.net.Worker;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.CurrentRequest;
import io.kqueueserver.stats.RequestWork;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * A protocol that has several requests under way on one connection, as observers meet them in
 * HTTP/2. The digit that the client sends is the number of the request whose work runs; any other
 * byte runs the work of the connection itself.
 */
public final class ManyRequests implements QuietHandler {

  /** One of the requests, and what its callback does. */
  public record Request(
      String method, String path, String handler, long streamId, long startedNanos, Runnable work)
      implements CurrentRequest, RequestWork {
    @Override
    public CurrentRequest observed() {
      return this;
    }
  }

  private final Connection connection;
  private final List<Request> requests;
  private final Runnable ownWork;

  private ManyRequests(Connection connection, List<Request> requests, Runnable ownWork) {
    this.connection = connection;
    this.requests = requests;
    this.ownWork = ownWork;
  }

  /** Has the server speak this protocol with the client of that port, which has connected. */
  public static void with(
      RunningServer server, int clientPort, List<Request> requests, Runnable ownWork) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    for (Worker worker : server.workers()) {
      worker
          .loop()
          .execute(
              () ->
                  worker.forEachConnection(
                      connection -> {
                        if (connection.endpoint().remoteAddress().getPort() == clientPort) {
                          connection.handler(new ManyRequests(connection, requests, ownWork));
                          done.complete(null);
                        }
                      }));
    }
    done.join();
  }

  @Override
  public void eachRequest(Consumer<? super CurrentRequest> observer) {
    requests.forEach(observer);
  }

  @Override
  public void onInput(ByteBuffer in) {
    int number = Character.digit(in.get(), 10);
    if (number < 0) {
      ownWork.run();
      return;
    }
    EventLoop loop = connection.loop();
    RequestWork outer = loop.running(requests.get(number));
    try {
      requests.get(number).work().run();
    } finally {
      loop.running(outer);
    }
  }

  @Override
  public void onInputEnd() {
    connection.close(CloseReason.PEER_CLOSED);
  }
}
