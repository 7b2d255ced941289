import java.net.CookieManager;
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
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Visitors of the cluster: {@code java ClusterClients.java BASE-URL STOP-FILE}. Half of them count
 * their visits, in a session each; the others talk in the room. They run until the file exists,
 * then say what was lost, and end with 1 if a session was, or a line that its reader was there for.
 */
public final class ClusterClients {
  private static final int SESSIONS = 6;
  private static final int READERS = 6;
  private static final Pattern VISITS = Pattern.compile("\"visits\":(\\d+),\"process\":(\\d+)");

  private final String base;
  private final Path stop;
  private final AtomicInteger sent = new AtomicInteger();
  private final AtomicInteger unanswered = new AtomicInteger();
  private final AtomicInteger lostSessions = new AtomicInteger();
  private final AtomicInteger countedTwice = new AtomicInteger();
  private final Set<String> processes = ConcurrentHashMap.newKeySet();
  private volatile String first = "";

  /** When each line was published, that is: came back to its speaker. */
  private final Map<Integer, Long> published = new ConcurrentHashMap<>();

  private final AtomicInteger lines = new AtomicInteger();

  private ClusterClients(String base, Path stop) {
    this.base = base;
    this.stop = stop;
  }

  public static void main(String[] args) throws Exception {
    Files.createFile(Path.of(args[1] + ".begun"));
    System.exit(new ClusterClients(args[0], Path.of(args[1])).run() ? 0 : 1);
  }

  private boolean run() throws Exception {
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < SESSIONS; i++) {
      threads.add(new Thread(this::visit));
    }
    List<Reader> readers = new ArrayList<>();
    for (int i = 0; i < READERS; i++) {
      Reader reader = new Reader(i == 0);
      readers.add(reader);
      threads.add(new Thread(reader));
    }
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      thread.join();
    }
    System.out.printf(
        "requests sent %d, unanswered %d, of these carried out nevertheless %d, by %d processes"
            + " %s%n",
        sent.get(), unanswered.get(), countedTwice.get(), processes.size(), first);
    System.out.printf("sessions %d, lost %d%n", SESSIONS, lostSessions.get());
    int missed = 0;
    int absent = 0;
    int broken = 0;
    for (Reader reader : readers) {
      for (Map.Entry<Integer, Long> line : published.entrySet()) {
        if (!reader.seen.contains(line.getKey())) {
          if (reader.wasThere(line.getValue())) {
            missed++;
          } else {
            absent++;
          }
        }
      }
      broken += reader.broken;
      missed += reader.seen.isEmpty() ? published.size() : 0;
    }
    System.out.printf(
        "chat lines %d to %d readers, missed by one who was connected %d, by one who was not %d;"
            + " connections broken off %d%n",
        published.size(), READERS, missed, absent, broken);
    return lostSessions.get() == 0 && missed == 0 && sent.get() > 0 && !published.isEmpty();
  }

  private boolean goesOn() {
    return !Files.exists(stop);
  }

  private static void pause(long millis) {
    try {
      TimeUnit.MILLISECONDS.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Each answer must count one visit more, or two where a request was lost on its way back. */
  private void visit() {
    HttpClient client = newClient();
    int visits = 0;
    int lost = 0;
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(base + "/visits"))
            .timeout(Duration.ofSeconds(20))
            .POST(BodyPublishers.noBody())
            .build();
    while (goesOn()) {
      sent.incrementAndGet();
      try {
        HttpResponse<String> response = client.send(request, BodyHandlers.ofString());
        Matcher answer = VISITS.matcher(response.body());
        if (response.statusCode() != 200 || !answer.find()) {
          throw new IllegalStateException(response.statusCode() + " " + response.body());
        }
        int counted = Integer.parseInt(answer.group(1));
        processes.add(answer.group(2));
        if (counted <= visits || counted > visits + 1 + lost) {
          lostSessions.incrementAndGet();
        }
        countedTwice.addAndGet(Math.max(0, counted - visits - 1));
        visits = counted;
        lost = 0;
      } catch (Exception e) {
        lost++;
        if (unanswered.getAndIncrement() == 0) {
          first = "(the first: " + String.valueOf(e.getMessage()).lines().findFirst().orElse("") + ")";
        }
      }
      pause(20);
    }
  }

  private static HttpClient newClient() {
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .connectTimeout(Duration.ofSeconds(20))
        .cookieHandler(new CookieManager())
        .build();
  }

  /** Sits in the room, and connects again when the connection breaks. The first one also talks. */
  private final class Reader implements Runnable, WebSocket.Listener {
    final Set<Integer> seen = ConcurrentHashMap.newKeySet();
    private final List<long[]> present = new ArrayList<>();
    private final boolean talks;
    private final StringBuilder text = new StringBuilder();
    private volatile boolean open;
    volatile int broken;

    Reader(boolean talks) {
      this.talks = talks;
    }

    /** When the first line of this connection came: from then on its process has subscribed. */
    private volatile long since;

    /** Whether the reader was there half a second before and after. */
    boolean wasThere(long nanos) {
      long margin = TimeUnit.MILLISECONDS.toNanos(500);
      return present.stream()
          .anyMatch(span -> span[0] < nanos - margin && span[1] > nanos + margin);
    }

    @Override
    public void run() {
      while (goesOn()) {
        try {
          open = true;
          since = Long.MAX_VALUE;
          WebSocket session =
              newClient()
                  .newWebSocketBuilder()
                  .buildAsync(URI.create(base.replaceFirst("^http", "ws") + "/chat"), this)
                  .get(20, TimeUnit.SECONDS);
          while (goesOn() && open) {
            if (talks) {
              session
                  .sendText(String.valueOf(lines.incrementAndGet()), true)
                  .get(5, TimeUnit.SECONDS);
            }
            pause(20);
          }
          present.add(new long[] {Math.min(since, System.nanoTime()), System.nanoTime()});
          if (!goesOn()) {
            pause(700);
            session.abort();
            return;
          }
        } catch (Exception e) {
          open = false;
        }
        broken++;
        pause(200);
      }
    }

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
      text.append(data);
      if (last) {
        int line = Integer.parseInt(text.toString());
        text.setLength(0);
        since = Math.min(since, System.nanoTime());
        seen.add(line);
        if (talks) {
          published.put(line, System.nanoTime());
        }
      }
      socket.request(1);
      return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
      open = false;
      return null;
    }

    @Override
    public void onError(WebSocket socket, Throwable error) {
      open = false;
    }
  }
}
