package io.kqueueserver.spring.actuate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The members of the endpoint's answers are those docs/endpoint.md promises, and no other. */
class KqueueEndpointJsonTests {
  private static final Pattern NAME = Pattern.compile("`([a-zA-Z0-9.*\\[\\]]+)`");

  /** Whose members' names are data. */
  private static final Set<String> MAPS =
      Set.of("byProtocol", "closed", "limitsHit", "events", "registered");

  @Test
  void theAnswersAreTheDocumentedOnes() throws Exception {
    try (ActuatorApplication app =
        new ActuatorApplication(
            "kqueue.server.loops=2",
            "kqueue.server.stall-threshold=100ms",
            "kqueue.server.max-connections=3",
            "kqueue.server.max-connections-per-address=100",
            "kqueue.server.max-running-requests=100")) {
      app.send("/blocked/1");
      // The first request may stall the loop before its handler is known, by loading classes.
      await().until(() -> app.json("kqueue/stalls").findValue("handler") != null);
      ActuatorApplication.answered(app.send("/hello"));
      app.connect();
      app.connect();
      await().until(() -> app.meter("kqueue.accept.paused", "server", "main") > 0);

      assertMembers("kqueue", app.json("kqueue"));
      assertMembers("connections", app.json("kqueue/connections"));
      assertMembers("stalls", app.json("kqueue/stalls"));
      assertMembers("history", app.json("kqueue/history"));
      assertMembers("drain", app.json("kqueue/drain"));
    }
  }

  private static void assertMembers(String section, JsonNode answer) throws IOException {
    Set<String> found = new TreeSet<>();
    collect("", answer, found);
    // What a stall consists of is told in its own section.
    found.removeIf(name -> name.startsWith("servers[].loops[].lastStall."));
    // A row is told in the section of connections.
    boolean rows = found.removeIf(name -> name.startsWith("servers[].waitingFor[]"));
    if (rows) {
      found.add("servers[].waitingFor[]");
    }
    Set<String> documented = documented(section);
    if (section.equals("kqueue")) {
      found.add("servers[].loops[].lastStall");
    }
    if (section.equals("connections")) {
      found.add("connections[].request");
      found.remove("connections[].activeRequests[]"); // of a connection between requests
    }
    // HTTP/1.1 has no streams; Http2ObservationTests looks at a protocol that has. What follows a
    // switch is in WebSocketObservationTests.
    documented.removeIf(
        name -> name.matches(".*\\.(streamId|stream\\..*|streams\\..*|switched\\..*)"));
    assertThat(found).as(section).isEqualTo(documented);
  }

  private static void collect(String at, JsonNode node, Set<String> names) {
    if (node.isArray()) {
      if (node.isEmpty()) {
        names.add(at + "[]");
      }
      node.forEach(element -> collect(at + "[]", element, names));
    } else if (node.isObject()) {
      boolean map = MAPS.contains(at.substring(at.lastIndexOf('.') + 1));
      node.propertyNames()
          .forEach(
              name ->
                  collect(
                      (at.isEmpty() ? "" : at + ".") + (map ? "*" : name), node.get(name), names));
    } else {
      names.add(at);
    }
  }

  private static Set<String> documented(String section) throws IOException {
    Set<String> names = new TreeSet<>();
    boolean inside = false;
    for (String line : Files.readAllLines(Path.of("../docs/endpoint.md"))) {
      if (line.startsWith("#")) {
        inside = line.equals("### " + section);
      } else if (inside && line.startsWith("| `")) {
        Matcher matcher = NAME.matcher(line.substring(0, line.indexOf('|', 1)));
        while (matcher.find()) {
          names.add(matcher.group(1));
        }
      }
    }
    return names;
  }
}
