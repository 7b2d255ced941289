import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Clients of the sample that count what goes wrong: {@code java Clients.java BASE-URL STOP-FILE}.
 * They create STOP-FILE.begun, run until the file exists, then print a row for each kind of client
 * and end with 1 if anything failed or was cut short.
 *
 * <p>A request counts as failed if it has no answer, or one that is not 200. One retry is allowed,
 * and only where a connection was used before: an idle connection may close while the request is on
 * its way. An answer whose end is missing counts as truncated. A long stream is in good order if an
 * event stream ends with the end of its response, and a WebSocket with close code 1001.
 */
public final class Clients {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final int UPLOAD_BYTES = 256 * 1024;

  private interface Step {
    void run(Kind kind) throws Exception;
  }

  /** The counts of one kind of client. */
  private static final class Kind {
    final String name;
    final int clients;
    final Step step;
    final AtomicInteger sent = new AtomicInteger();
    final AtomicInteger retried = new AtomicInteger();
    final AtomicInteger failed = new AtomicInteger();
    final AtomicInteger truncated = new AtomicInteger();
    final AtomicInteger inOrder = new AtomicInteger();
    volatile String firstFailure = "";

    Kind(String name, int clients, Step step) {
      this.name = name;
      this.clients = clients;
      this.step = step;
    }

    void failed(AtomicInteger count, String why) {
      if (count.getAndIncrement() == 0) {
        firstFailure = why;
      }
    }
  }

  private final String base;
  private final Path stop;
  private final byte[] sample = sample();

  private Clients(String base, Path stop) {
    this.base = base;
    this.stop = stop;
  }

  public static void main(String[] args) throws Exception {
    Files.createFile(Path.of(args[1] + ".begun"));
    System.exit(new Clients(args[0], Path.of(args[1])).run() ? 0 : 1);
  }

  private boolean run() throws InterruptedException {
    List<Kind> kinds =
        List.of(
            new Kind("keep-alive", 4, kind -> get(kind, "/api/greeting?name=all", 20)),
            new Kind("new connection", 1, kind -> fresh(kind)),
            new Kind("upload", 2, kind -> upload(kind, 0)),
            new Kind("slow upload", 2, kind -> upload(kind, 100)),
            new Kind("download", 1, kind -> download(kind)),
            new Kind("slow answer", 2, kind -> get(kind, "/api/slow?ms=1500", 0)),
            new Kind("event stream", 2, kind -> events(kind)),
            new Kind("WebSocket", 2, kind -> chat(kind)));
    List<Thread> threads = new ArrayList<>();
    for (Kind kind : kinds) {
      for (int i = 0; i < kind.clients; i++) {
        Thread thread = new Thread(() -> serve(kind), kind.name + " " + i);
        threads.add(thread);
        thread.start();
      }
    }
    for (Thread thread : threads) {
      thread.join();
    }
    boolean good = true;
    for (Kind kind : kinds) {
      System.out.printf(
          "%-15s sent %5d  retried %2d  failed %2d  truncated %2d  ended in order %2d  %s%n",
          kind.name,
          kind.sent.get(),
          kind.retried.get(),
          kind.failed.get(),
          kind.truncated.get(),
          kind.inOrder.get(),
          kind.firstFailure);
      good &= kind.failed.get() == 0 && kind.truncated.get() == 0 && kind.sent.get() > 0;
    }
    return good;
  }

  private boolean goesOn() {
    return !Files.exists(stop);
  }

  /** Each thread has a client, and so a connection, of its own. */
  private final ThreadLocal<HttpClient> client = ThreadLocal.withInitial(Clients::newClient);

  private static HttpClient newClient() {
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .connectTimeout(TIMEOUT)
        .build();
  }

  private void serve(Kind kind) {
    while (goesOn()) {
      try {
        kind.step.run(kind);
      } catch (Exception e) {
        kind.failed(kind.failed, Thread.currentThread().getName() + ": " + e);
        pause(100);
      }
    }
  }

  private static void pause(long millis) {
    try {
      TimeUnit.MILLISECONDS.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  // ---- short requests

  private void get(Kind kind, String path, long pauseMillis) throws Exception {
    whole(kind, request(path).build(), null);
    pause(pauseMillis);
  }

  private void fresh(Kind kind) throws Exception {
    client.set(newClient());
    get(kind, "/api/greeting?name=new", 50);
  }

  private void upload(Kind kind, long pauseMillis) throws Exception {
    byte[] body = Arrays.copyOf(sample, UPLOAD_BYTES);
    HttpRequest request =
        request("/api/echo")
            .POST(
                pauseMillis == 0
                    ? BodyPublishers.ofByteArray(body)
                    : BodyPublishers.ofInputStream(() -> new Slow(body, pauseMillis)))
            .build();
    whole(kind, request, body);
    pause(20);
  }

  private void download(Kind kind) throws Exception {
    whole(kind, request("/files/sample.bin").build(), sample);
    pause(100);
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(base + path)).timeout(TIMEOUT);
  }

  /**
   * Sends a request and reads the whole answer, which must be the expected one if that is known.
   */
  private void whole(Kind kind, HttpRequest request, byte[] expected) throws Exception {
    kind.sent.incrementAndGet();
    HttpResponse<InputStream> response;
    try {
      response = client.get().send(request, BodyHandlers.ofInputStream());
    } catch (IOException e) {
      kind.retried.incrementAndGet();
      if (kind.firstFailure.isEmpty()) {
        kind.firstFailure = "(retried: " + e + ")";
      }
      response = client.get().send(request, BodyHandlers.ofInputStream());
    }
    byte[] body;
    try (InputStream in = response.body()) {
      body = in.readAllBytes();
    } catch (IOException e) {
      kind.failed(kind.truncated, "cut off: " + e);
      return;
    }
    if (response.statusCode() != 200) {
      kind.failed(kind.failed, response.statusCode() + " for " + request.uri());
    } else if (expected != null && !Arrays.equals(expected, body)) {
      kind.failed(kind.truncated, body.length + " bytes of " + expected.length);
    }
  }

  /** A body that comes in sixteen pieces, with pauses between them. */
  private static final class Slow extends ByteArrayInputStream {
    private final long pauseMillis;

    Slow(byte[] body, long pauseMillis) {
      super(body);
      this.pauseMillis = pauseMillis;
    }

    @Override
    public synchronized int read(byte[] into, int offset, int length) {
      pause(pauseMillis);
      return super.read(into, offset, Math.min(length, UPLOAD_BYTES / 16));
    }
  }

  // ---- long streams

  /** Reads events until the stream ends. The end of the response is good, anything else is not. */
  private void events(Kind kind) throws Exception {
    kind.sent.incrementAndGet();
    HttpRequest request = HttpRequest.newBuilder(URI.create(base + "/api/ticks")).build();
    HttpResponse<InputStream> response = client.get().send(request, BodyHandlers.ofInputStream());
    if (response.statusCode() != 200) {
      kind.failed(kind.failed, response.statusCode() + " for an event stream");
      pause(100);
      return;
    }
    StringBuilder last = new StringBuilder();
    try (InputStream in = response.body()) {
      int octet = in.read();
      while (octet >= 0 && goesOn()) {
        last.append((char) octet);
        if (last.length() > 2 && last.substring(last.length() - 2).equals("\n\n")) {
          last.setLength(0);
        }
        octet = in.read();
      }
      if (octet < 0) {
        if (last.length() == 0) {
          kind.inOrder.incrementAndGet();
        } else {
          kind.failed(kind.truncated, "half an event: " + last);
        }
      }
    } catch (IOException e) {
      kind.failed(kind.truncated, "an event stream broke off: " + e);
    }
    pause(200); // as the retry of an EventSource
  }

  /** Talks in the room until the server ends the session. */
  private void chat(Kind kind) throws Exception {
    kind.sent.incrementAndGet();
    CompletableFuture<Integer> closed = new CompletableFuture<>();
    WebSocket session =
        client
            .get()
            .newWebSocketBuilder()
            .buildAsync(
                URI.create(base.replaceFirst("^http", "ws") + "/api/chat"),
                new WebSocket.Listener() {
                  @Override
                  public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
                    closed.complete(code);
                    return null;
                  }

                  @Override
                  public void onError(WebSocket socket, Throwable error) {
                    closed.completeExceptionally(error);
                  }
                })
            .get(30, TimeUnit.SECONDS);
    while (goesOn() && !closed.isDone()) {
      try {
        session.sendText("hello", true).get(5, TimeUnit.SECONDS);
      } catch (Exception e) {
        break; // the close says why
      }
      pause(200);
    }
    if (!goesOn() && !closed.isDone()) {
      session.abort();
      return;
    }
    try {
      int code = closed.get(10, TimeUnit.SECONDS);
      if (code == 1001) {
        kind.inOrder.incrementAndGet();
      } else {
        kind.failed(kind.truncated, "a session was closed with " + code);
      }
    } catch (Exception e) {
      kind.failed(kind.truncated, "a session broke off: " + e.getCause());
    }
    pause(200);
  }

  /** The content of /files/sample.bin, whose seed is the sample's. */
  private static byte[] sample() {
    byte[] content = new byte[1 << 20];
    new Random(42).nextBytes(content);
    return content;
  }
}
