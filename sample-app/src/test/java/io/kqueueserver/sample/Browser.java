package io.kqueueserver.sample;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A headless Chromium with one window, driven through chromedriver by the WebDriver protocol. Both
 * are processes of its own that end with {@link #close()}.
 */
final class Browser implements AutoCloseable {
  /** Nothing is asked of any host but ours. */
  private static final List<String> SWITCHES =
      List.of(
          "--headless=new",
          "--no-sandbox",
          "--disable-gpu",
          "--disable-quic",
          "--no-first-run",
          "--disable-background-networking",
          "--disable-component-update",
          "--disable-sync",
          "--window-size=1280,1400");

  private static final Pattern STARTED = Pattern.compile("started successfully on port (\\d+)");
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final HttpClient http = HttpClient.newHttpClient();
  private final Process driver;
  private final String session;

  /** Whether this machine has what it takes. */
  static boolean isInstalled() {
    return onPath("chromium") && onPath("chromedriver");
  }

  private static boolean onPath(String program) {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }

  Browser(Path profile) throws IOException, InterruptedException {
    driver = new ProcessBuilder("chromedriver", "--port=0").redirectErrorStream(true).start();
    try {
      List<String> args =
          Stream.concat(SWITCHES.stream(), Stream.of("--user-data-dir=" + profile)).toList();
      Map<String, Object> wanted =
          Map.of(
              "browserName", "chrome",
              "goog:loggingPrefs", Map.of("browser", "ALL"),
              "goog:chromeOptions", Map.of("args", args));
      String sessions = "http://127.0.0.1:" + port() + "/session";
      Map<String, Object> body = Map.of("capabilities", Map.of("alwaysMatch", wanted));
      session = sessions + "/" + post(sessions, body).get("sessionId").asString();
    } catch (IOException | InterruptedException | RuntimeException | Error e) {
      end(driver.descendants().toList());
      throw e;
    }
  }

  private String port() throws IOException {
    BufferedReader output = driver.inputReader();
    String line;
    while ((line = output.readLine()) != null) {
      Matcher started = STARTED.matcher(line);
      if (started.find()) {
        return started.group(1);
      }
    }
    throw new IllegalStateException("chromedriver ended without a port");
  }

  void open(String url) throws IOException, InterruptedException {
    post(session + "/url", Map.of("url", url));
  }

  /** {@code light} or {@code dark}, as the system would prefer. */
  void prefer(String scheme) throws IOException, InterruptedException {
    Map<String, String> feature = Map.of("name", "prefers-color-scheme", "value", scheme);
    post(
        session + "/goog/cdp/execute",
        Map.of(
            "cmd", "Emulation.setEmulatedMedia", "params", Map.of("features", List.of(feature))));
  }

  /** Makes the page as many CSS pixels wide, as a phone does. */
  void narrow(int width) throws IOException, InterruptedException {
    Map<String, ?> size =
        Map.of("width", width, "height", 844, "deviceScaleFactor", 0, "mobile", false);
    post(
        session + "/goog/cdp/execute",
        Map.of("cmd", "Emulation.setDeviceMetricsOverride", "params", size));
  }

  /** Gives the page the window's own size again. */
  void widen() throws IOException, InterruptedException {
    post(
        session + "/goog/cdp/execute",
        Map.of("cmd", "Emulation.clearDeviceMetricsOverride", "params", Map.of()));
  }

  /** What a script, the body of a function, returns. */
  JsonNode run(String script) throws IOException, InterruptedException {
    return post(session + "/execute/sync", Map.of("script", script, "args", List.of()));
  }

  /** Types into whatever has the focus; WebDriver has code points for keys such as tab. */
  void type(String keys) throws IOException, InterruptedException {
    List<Map<String, String>> actions =
        keys.codePoints()
            .mapToObj(Character::toString)
            .flatMap(
                key ->
                    Stream.of(
                        Map.of("type", "keyDown", "value", key),
                        Map.of("type", "keyUp", "value", key)))
            .toList();
    post(
        session + "/actions",
        Map.of("actions", List.of(Map.of("type", "key", "id", "keyboard", "actions", actions))));
  }

  /** What the browser complained of since the last call: errors, blocked content, missing files. */
  List<String> complaints() throws IOException, InterruptedException {
    return post(session + "/se/log", Map.of("type", "browser"))
        .valueStream()
        .map(entry -> entry.get("message").asString())
        .toList();
  }

  void screenshot(Path file) throws IOException, InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(URI.create(session + "/screenshot")).build();
    Files.write(file, Base64.getDecoder().decode(send(request).asString()));
  }

  private JsonNode post(String uri, Map<String, ?> body) throws IOException, InterruptedException {
    return send(
        HttpRequest.newBuilder(URI.create(uri))
            .timeout(PATIENCE)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(JsonMapper.shared().writeValueAsString(body)))
            .build());
  }

  private JsonNode send(HttpRequest request) throws IOException, InterruptedException {
    HttpResponse<String> response = http.send(request, BodyHandlers.ofString());
    if (response.statusCode() != 200) {
      throw new IllegalStateException(request.uri() + " answered " + response.body());
    }
    return JsonMapper.shared().readTree(response.body()).get("value");
  }

  @Override
  public void close() throws IOException {
    List<ProcessHandle> browsers = driver.descendants().toList();
    try {
      send(HttpRequest.newBuilder(URI.create(session)).timeout(PATIENCE).DELETE().build());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      end(browsers);
    }
  }

  /** Waits for them too: until they have ended they write to their profile. */
  private void end(List<ProcessHandle> browsers) {
    driver.destroy();
    browsers.forEach(ProcessHandle::destroy);
    for (ProcessHandle browser : browsers) {
      browser.onExit().orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
    }
  }
}
