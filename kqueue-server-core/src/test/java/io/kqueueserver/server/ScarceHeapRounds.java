package io.kqueueserver.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.build.TlsFixture;
import io.kqueueserver.heap.ScarceHeap;
import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.coding.Compression;
import io.kqueueserver.http.contract.Loans;
import io.kqueueserver.http.h2.Http2Options;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * What {@link FailingArrayTest} runs, by the classes of a {@code ScarceHeapLoader}: a server per
 * round, in which one allocation of an array fails while one connection is served.
 */
public final class ScarceHeapRounds implements Function<Map<String, String>, Map<String, String>> {
  private static final String HALF_OF_AN_UPLOAD =
      "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 8\r\n\r\none ";

  private final ServerExtension server = new ServerExtension();
  private final TreeMap<String, Integer> tried = new TreeMap<>();
  private final List<AssertionError> failures = new ArrayList<>();
  private ScarceTalks talks;
  private boolean tls;
  private Path folder;

  /** An allocation: of that talk, the one after so many. */
  private record Round(String talk, int after, String site) {}

  @Override
  public Map<String, String> apply(Map<String, String> options) {
    folder = Path.of(options.get("folder"));
    tls = Boolean.parseBoolean(options.get("tls"));
    talks = new ScarceTalks(tls);
    long seconds = Long.parseLong(options.get("seconds"));
    Random random = new Random(Long.parseLong(options.get("seed")));
    server.beforeEach(null);
    try {
      List<Round> rounds = rounds(random);
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
      int done = 0;
      for (Round round : rounds) {
        if (seconds > 0 && System.nanoTime() - end > 0) {
          break;
        }
        run(round, random.nextBoolean());
        done++;
      }
      if (!failures.isEmpty()) {
        throw failures.get(0);
      }
      return report(rounds, done);
    } finally {
      server.server().stop();
    }
  }

  /** All allocations there are, in an order by chance in which each site is early once. */
  private List<Round> rounds(Random random) {
    List<Round> rounds = new ArrayList<>();
    for (Map.Entry<String, ScarceTalks.Talk> talk : talks.all().entrySet()) {
      restart();
      talk.getValue().isAnswered(server.port()); // loads classes
      restart();
      try (ScarceHeap heap = ScarceHeap.ample()) {
        boolean answered = talk.getValue().isAnswered(server.port());
        assertThat(answered).as(talk.getKey()).isEqualTo(!talk.getKey().equals("RESET"));
        server.awaitIdle();
        List<String> sites = heap.sites();
        for (int i = 0; i < sites.size(); i++) {
          rounds.add(new Round(talk.getKey(), i, sites.get(i)));
        }
      }
    }
    Collections.shuffle(rounds, random);
    List<Round> first = new ArrayList<>();
    List<Round> later = new ArrayList<>();
    TreeSet<String> seen = new TreeSet<>();
    for (Round round : rounds) {
      (seen.add(round.site()) ? first : later).add(round);
    }
    first.addAll(later);
    return first;
  }

  private void run(Round round, boolean withBystanders) {
    server.server().stop();
    Ledger ledger = new Ledger();
    restart();
    List<WirePeer> bystanders = new ArrayList<>();
    String failed = null;
    try {
      if (withBystanders) {
        bystanders.add(talks.connect(server.port()).send(HALF_OF_AN_UPLOAD));
        bystanders.add(talks.connect(server.port()).get("/a"));
        assertThat(bystanders.get(1).response().body()).isEqualTo("a");
      }
      awaitTurn(); // what is left of the turn that answered the bystander
      try (ScarceHeap heap = ScarceHeap.after(round.after())) {
        try {
          talks.all().get(round.talk()).isAnswered(server.port());
        } finally {
          failed = heap.failed();
        }
      }
      if (withBystanders) {
        assertThat(bystanders.get(0).send("half").response().body()).isEqualTo("one half");
        assertThat(bystanders.get(1).get("/a").response().body()).isEqualTo("a");
      }
      bystanders.forEach(WirePeer::close);
      try (WirePeer next = talks.connect(server.port())) {
        assertThat(next.get("/a").response().body()).isEqualTo("a");
      }
      server.awaitIdle();
      assertThat(server.sum(stats -> stats.replacements)).as("loops replaced").isZero();
      server.server().stop();
      ledger.awaitGone(null, new Loans());
    } catch (Exception | AssertionError e) {
      failures.add(new AssertionError(round + ", failed at " + failed, e));
      failures.get(failures.size() - 1).printStackTrace(System.out);
    } finally {
      bystanders.forEach(WirePeer::close);
    }
    if (failed != null) {
      tried.merge(failed, 1, Integer::sum);
    }
  }

  private void awaitTurn() throws InterruptedException {
    CountDownLatch next = new CountDownLatch(1);
    server.workers().get(0).loop().execute(next::countDown);
    next.await();
  }

  private Map<String, String> report(List<Round> rounds, int done) {
    TreeSet<String> sites = new TreeSet<>();
    TreeSet<String> classes = new TreeSet<>();
    rounds.forEach(round -> sites.add(round.site()));
    sites.forEach(site -> classes.add(type(site)));
    return Map.of(
        "allocations", Integer.toString(rounds.size()),
        "tried", Integer.toString(done),
        "failed", Integer.toString(tried.values().stream().mapToInt(Integer::intValue).sum()),
        "sites", sites.size() + ", of which failed " + tried.size(),
        "classes", String.join(" ", classes));
  }

  /** From another thread, in pieces that are lent, with trailers. */
  private static void answerLater(Exchange exchange) {
    exchange.execute(
        () -> {
          exchange.respond(200, ServerExtension.TEXT, Exchange.UNKNOWN_LENGTH);
          for (String piece : ScarceTalks.LATER) {
            exchange.write(ByteBuffer.wrap(piece.getBytes(ISO_8859_1)), () -> {});
          }
          exchange.finish(sink -> sink.field("x-end", "true"));
        });
  }

  private static String type(String site) {
    return site.substring(0, site.lastIndexOf('.')).replaceAll("\\$.*", "");
  }

  private void restart() {
    server.restart(
        builder -> {
          builder.loops(1).http2(Http2Options.DEFAULTS).compression(Compression.DEFAULTS);
          if (tls) {
            builder.tls(TlsFixture.server());
          }
        });
    server.on("/later", exchange -> new Thread(() -> answerLater(exchange)).start());
    server.on("/ws", exchange -> WebSocketServerTest.upgrade(exchange, EchoListener::new));
    try {
      MixedTraffic.serve(server, folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
