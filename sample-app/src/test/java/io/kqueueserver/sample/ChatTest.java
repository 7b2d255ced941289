package io.kqueueserver.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;

/** The chat, between clients and in a browser. */
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT)
@Timeout(120)
class ChatTest {
  @LocalServerPort private int port;

  private static final class Visitor implements WebSocket.Listener {
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
      lines.add(data.toString());
      socket.request(1);
      return null;
    }

    /** Awaits a line with that end, and returns it. */
    String hear(String end) throws InterruptedException {
      String line;
      do {
        line = lines.poll(20, TimeUnit.SECONDS);
      } while (line != null && !line.endsWith(end));
      return String.valueOf(line);
    }
  }

  private WebSocket join(Visitor visitor) throws Exception {
    return HttpClient.newHttpClient()
        .newWebSocketBuilder()
        .buildAsync(URI.create("ws://localhost:" + port + "/api/chat"), visitor)
        .get(10, TimeUnit.SECONDS);
  }

  @Test
  void visitorsHearEachOtherAndWhoLeaves() throws Exception {
    Visitor first = new Visitor();
    WebSocket socket = join(first);
    String name = first.lines.take().replace("you are ", "").replace(" joined", "");
    Visitor second = new Visitor();
    WebSocket other = join(second);
    assertThat(first.hear("joined")).isNotEqualTo("null");
    other.sendText("so  many\n blanks " + "x".repeat(300), true).get(10, TimeUnit.SECONDS);
    String heard = first.hear("x");
    assertThat(heard).contains(": so many blanks xxx").hasSizeLessThan(220);
    assertThat(second.hear("x")).isEqualTo(heard);
    socket.sendClose(1000, "").get(10, TimeUnit.SECONDS);
    assertThat(second.hear(name + " left")).isEqualTo(name + " left");
    other.abort();
  }

  @Test
  void aBrowserTakesPart(@TempDir Path profile) throws Exception {
    assumeTrue(Browser.isInstalled(), "no browser on the path");
    Visitor visitor = new Visitor();
    WebSocket socket = join(visitor);
    try (Browser browser = new Browser(profile)) {
      browser.open("http://localhost:" + port + "/");
      browser.run(
          "const form = document.querySelector('#chat'); form.elements.text.value = 'from a page';"
              + " form.requestSubmit();");
      assertThat(visitor.hear(": from a page")).endsWith(": from a page");
      socket.sendText("<b>from a client</b>", true).get(10, TimeUnit.SECONDS);
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> shown(browser).contains(": <b>from a client</b>"));
      browser.run("document.querySelector('#chat [data-leave]').click();");
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> shown(browser).contains("ended with 1000"));
      assertThat(browser.complaints()).isEmpty();
    }
    socket.abort();
  }

  private static String shown(Browser browser) throws Exception {
    return browser.run("return document.querySelector('output[for=chat]').textContent;").asString();
  }
}
