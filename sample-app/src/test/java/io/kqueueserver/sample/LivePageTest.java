package io.kqueueserver.sample;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.kqueueserver.build.ManyRequests;
import io.kqueueserver.spring.KqueueWebServer;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.boot.web.server.reactive.context.ReactiveWebServerApplicationContext;
import org.springframework.context.annotation.Import;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** The live page in a real browser, while the application has something to do. */
@SpringBootTest(
    webEnvironment = WebEnvironment.RANDOM_PORT,
    properties = {"kqueue.server.loops=2", "kqueue.server.stall-threshold=300ms"})
@Import(LivePageTest.Blocking.class)
@Timeout(180)
class LivePageTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** WebDriver's code points for keys. */
  private static final String TAB = "\uE004";

  private static final String ENTER = "\uE007";

  @TempDir private static Path profile;

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  @LocalServerPort private int port;

  @Autowired private ReactiveWebServerApplicationContext context;

  /** One for all tests: its start is what they would cost most by. */
  private static Browser browser;

  @BeforeAll
  static void openBrowser() throws Exception {
    assumeTrue(
        Browser.isInstalled(),
        "no browser: apt-get install chromium chromium-driver puts chromium and chromedriver on the"
            + " path");
    browser = new Browser(profile);
  }

  @AfterAll
  static void closeBrowser() throws Exception {
    if (browser != null) {
      browser.close();
    }
  }

  @Test
  void figuresAndLinesMoveUnderTraffic() throws Exception {
    browser.complaints();
    browser.open(uri("/actuator/kqueuelive"));
    awaitTrue("document.querySelectorAll('[data-server=main] [data-loop]').length === 2");
    String reads = figures("events", "read");
    String fds = figures("registered", "connection");

    traffic();
    awaitTrue(reads + ".some(text => parseFloat(text) > 5)");
    awaitTrue(fds + ".some(text => parseInt(text) > 0)");
    awaitTrue(figures("latency", "p99.9") + ".some(text => /^no wait$| (ns|µs|ms|s)$/.test(text))");
    awaitTrue(figures("utilization", "busy") + ".some(text => parseFloat(text) > 0)");

    String lines =
        "['latency', 'events', 'registered', 'utilization'].map(chart => document"
            + ".querySelector(`[data-chart=${chart}] path`).getAttribute('d').length)";
    browser.run("window.before = " + lines);
    awaitTrue(lines + ".every((length, i) => length > window.before[i])");
    String then = browser.run("return document.getElementById('updated').textContent").asString();
    awaitTrue("document.getElementById('updated').textContent !== '%s'".formatted(then));
    // Blocked by the page's own policy, missing, or thrown: each is a complaint.
    assertThat(browser.complaints()).isEmpty();
    for (String scheme : new String[] {"light", "dark"}) {
      browser.prefer(scheme);
      browser.screenshot(Path.of("target", "live-page-" + scheme + ".png"));
    }
    assertThat(browser.run("return getComputedStyle(document.body).backgroundColor").asString())
        .isEqualTo("rgb(13, 20, 19)");
  }

  @Test
  void atRestItSaysSoAndMarksItsOwnRequests() throws Exception {
    browser.open(uri("/actuator/kqueuelive"));
    awaitQuietly("document.querySelectorAll('.rest:not([hidden])').length === 2");

    String page = browser.run("return document.querySelector('main').innerText").asString();
    assertThat(page).containsOnlyOnce("only this page asks").containsOnlyOnce("(this page)");
    assertThat(page).contains("this page", "no wait").doesNotContain(" 0 ns", "\n0 ns");
    assertThat(browser.run("return " + figures("events", "this page") + ".length").asInt())
        .isEqualTo(1);
    // Nothing but the page's own requests is read, and they are not counted there.
    awaitQuietly(figures("events", "read") + ".every(text => parseFloat(text) < 1)");

    browser.screenshot(Path.of("target", "live-page-at-rest.png"));
    traffic();
    awaitQuietly("document.querySelectorAll('.rest:not([hidden])').length < 2");
  }

  @Test
  void beginsWithTheMinuteThatTheServerKnows() throws Exception {
    browser.open(uri("/actuator/kqueuelive"));
    awaitQuietly(
        "performance.getEntriesByType('resource').some(e => e.name.endsWith('/kqueue/history'))");

    String drawn =
        browser
            .run(
                """
                return import('./kqueuelive/charts.js').then(({ LoopCard }) => {
                  const step = {
                    spanNanos: 15e9, utilization: 0.5, events: { read: 30 }, registered: { connection: 7 },
                    latency: { p50Nanos: 0, p99Nanos: 2000, p999Nanos: 3000 },
                  };
                  const card = new LoopCard({ loop: 0, thread: 'loop' });
                  card.begin([step, step, step, step]);
                  const charts = [...card.root.querySelectorAll('[data-chart]')];
                  const points = charts.map(c => c.querySelector('path').getAttribute('d').match(/[ML]/g).length);
                  return points.join() + ' ' + card.root.querySelector('[data-series=read]').textContent;
                });
                """)
            .asString();
    assertThat(drawn).isEqualTo("60,60,60,60 2.0 /s");
  }

  @Test
  void aPhoneShowsAConnectionsRequest() throws Exception {
    browser.narrow(390);
    try {
      browser.open(uri("/actuator/kqueuelive"));
      awaitQuietly(
          """
          [...document.querySelectorAll('#rows .request')].some(cell => {
            const box = cell.getBoundingClientRect();
            return cell.innerText.includes('GET /actuator/kqueue/connections')
                && box.width > 200 && box.left >= 0 && box.right <= 390;
          })
          """);
      assertThat(browser.run("return document.documentElement.scrollWidth").asInt())
          .isLessThanOrEqualTo(390);
      assertThat(browser.run("return document.querySelector('.scroll').scrollWidth").asInt())
          .isLessThan(390);
      for (String scheme : new String[] {"light", "dark"}) {
        browser.prefer(scheme);
        browser.screenshot(Path.of("target", "live-page-phone-" + scheme + ".png"));
        browser.run("document.getElementById('rows').scrollIntoView()");
        browser.screenshot(Path.of("target", "live-page-phone-rows-" + scheme + ".png"));
      }
    } finally {
      browser.widen();
    }
  }

  @Test
  void tableIsFilteredAndTurnsItsPages() throws Exception {
    List<Socket> silent = new ArrayList<>();
    try {
      for (int i = 0; i < 30; i++) {
        silent.add(new Socket("127.0.0.1", port));
      }
      browser.open(uri("/actuator/kqueuelive"));
      browser.run(
          """
          const protocol = document.querySelector('select[name=protocol]');
          protocol.value = 'upgraded';
          protocol.dispatchEvent(new Event('change', { bubbles: true }));
          """);
      awaitTrue("document.getElementById('range').textContent === '0 of 0'");
      browser.run(
          """
          const protocol = document.querySelector('select[name=protocol]');
          protocol.value = 'http/1.1';
          protocol.dispatchEvent(new Event('change', { bubbles: true }));
          """);
      awaitTrue("/^1–25 of [0-9]+$/.test(document.getElementById('range').textContent)");
      awaitTrue(rows() + ".length === 25");
      browser.run("document.getElementById('next').click()");
      awaitTrue("document.getElementById('range').textContent.startsWith('26–')");
    } finally {
      for (Socket socket : silent) {
        socket.close();
      }
    }
    // The page that was looked at is gone: the one before it is shown, and here there is none.
    awaitTrue("!document.getElementById('range').textContent.startsWith('26–')");
  }

  @Test
  void eachRequestOfAConnectionHasALine() throws Exception {
    try (Socket client = new Socket("127.0.0.1", port)) {
      String request = "GET /api/greeting HTTP/1.1\r\nHost: x\r\n\r\n";
      client.getOutputStream().write(request.getBytes(US_ASCII));
      assertThat(client.getInputStream().read()).isEqualTo('H');
      long now = System.nanoTime();
      ManyRequests.with(
          ((KqueueWebServer) context.getWebServer()).getServer().running(),
          client.getLocalPort(),
          IntStream.range(0, 12)
              .mapToObj(
                  i ->
                      new ManyRequests.Request(
                          "GET", "/many/" + i, "Many#" + i, 2 * i + 1, now + i, () -> {}))
              .toList(),
          () -> {});
      browser.open(uri("/actuator/kqueuelive"));
      String cell =
          "[...document.querySelectorAll('#rows .request')]"
              + ".find(cell => cell.innerText.includes('/many/0'))";
      awaitQuietly(cell + " !== undefined");

      String text = browser.run("return %s.innerText".formatted(cell)).asString();
      assertThat(text.lines())
          .hasSize(11)
          .allMatch(line -> line.matches("GET /many/\\d \\(.*\\)|and 2 more"))
          .endsWith("and 2 more");
      assertThat(browser.run("return %s.title".formatted(cell)).asString()).contains("Many#9");
      browser.run("document.getElementById('rows').scrollIntoView()");
      browser.screenshot(Path.of("target", "live-page-many-requests.png"));
      browser.narrow(390);
      try {
        assertThat(browser.run("return document.documentElement.scrollWidth").asInt())
            .isLessThanOrEqualTo(390);
        browser.run("document.getElementById('rows').scrollIntoView()");
        browser.screenshot(Path.of("target", "live-page-many-requests-phone.png"));
      } finally {
        browser.widen();
      }
    }
  }

  @Test
  void whatClientsSayIsTextAndNeverMarkup() throws Exception {
    browser.open(uri("/actuator/kqueuelive"));
    browser.run(
        """
        const real = window.fetch;
        window.fetch = async (...asked) => {
          const answer = await real(...asked);
          const text = (await answer.text()).replace(/"peer":"[^"]*"/g, '"peer":"<b id=hostile>"');
          return new Response(text, answer);
        };
        """);

    awaitTrue(rows() + ".some(text => text.startsWith('<b id=hostile>'))");
    assertThat(browser.run("return document.getElementById('hostile') === null").asBoolean())
        .isTrue();
  }

  @Test
  void stallIsShownWithItsPathAndStack() throws Exception {
    browser.open(uri("/actuator/kqueuelive"));
    awaitTrue("document.getElementById('updated').textContent !== 'never'");
    HttpRequest request = HttpRequest.newBuilder(URI.create(uri("/blocked"))).build();
    assertThat(client.send(request, BodyHandlers.ofString()).body()).isEqualTo("at last");

    String stall =
        "[...document.querySelectorAll('details')].find(d => d.textContent.includes('GET"
            + " /blocked'))";
    awaitTrue(stall + " !== undefined");
    browser.run("%s.querySelector('summary').focus()".formatted(stall));
    browser.type(ENTER);
    assertThat(browser.run("return %s.open".formatted(stall)).asBoolean()).isTrue();
    assertThat(browser.run("return %s.querySelector('pre').innerText".formatted(stall)).asString())
        .contains("Blocking.blocked");
  }

  @Test
  void keyboardReachesAndPressesPause() throws Exception {
    browser.open(uri("/actuator/kqueuelive"));
    awaitTrue("document.getElementById('updated').textContent !== 'never'");

    browser.type(TAB + TAB + ENTER);
    awaitTrue("document.getElementById('pause').getAttribute('aria-pressed') === 'true'");
    assertThat(
            browser.run("return getComputedStyle(document.activeElement).outlineStyle").asString())
        .isEqualTo("solid");
    awaitTrue("document.getElementById('state').dataset.state === 'paused'");

    browser.type(ENTER);
    awaitTrue("document.getElementById('state').dataset.state === 'on'");
  }

  @Test
  void whatIsMissingIsSaid() throws Exception {
    browser.open(uri("/actuator/kqueuelive"));
    awaitTrue("document.getElementById('updated').textContent !== 'never'");
    // As where kqueue is not exposed.
    browser.run("window.fetch = () => Promise.resolve(new Response('', { status: 404 }));");

    awaitTrue("document.getElementById('error').textContent.includes('Expose it: add kqueue')");
    assertThat(browser.run("return document.getElementById('error').hidden").asBoolean()).isFalse();
  }

  private static String figures(String chart, String series) {
    return "[...document.querySelectorAll('[data-chart=%s] [data-series=\"%s\"]')].map(d => d.textContent)"
        .formatted(chart, series);
  }

  private static String rows() {
    return "[...document.querySelectorAll('#rows tr')].map(row => row.textContent)";
  }

  /** Waits until that holds, with no request but the page's own. */
  private void awaitQuietly(String expression) {
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(100))
        .alias(expression)
        .until(() -> browser.run("return " + expression).asBoolean());
  }

  /** Makes requests until that holds, or the patience ends. */
  private void awaitTrue(String expression) {
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(100))
        .alias(expression)
        .until(
            () -> {
              traffic();
              return browser.run("return " + expression).asBoolean();
            });
  }

  private void traffic() throws Exception {
    HttpRequest request = HttpRequest.newBuilder(URI.create(uri("/api/greeting?name=x"))).build();
    for (int i = 0; i < 10; i++) {
      assertThat(client.send(request, BodyHandlers.discarding()).statusCode()).isEqualTo(200);
    }
  }

  private String uri(String path) {
    return "http://127.0.0.1:" + port + path;
  }

  /** What an application should not do. */
  @RestController
  static class Blocking {
    @GetMapping("/blocked")
    String blocked() throws InterruptedException {
      Thread.sleep(1_000);
      return "at last";
    }
  }
}
