package io.kqueueserver.sample;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.sample.PropertyMetadata.Property;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.Limit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** {@code docs/limits.md} is made from {@link Limit} and the configuration metadata. */
class LimitReferenceTest {
  private static final Path DOCUMENT = Path.of("../docs/limits.md");
  private static final String BEGIN = "<!-- made from Limit: see LimitReferenceTest -->\n";
  private static final String END = "\n<!-- end of what is made -->";
  private static final String COMMAND =
      "./mvnw -q test -pl sample-app -am -Dtest=LimitReferenceTest"
          + " -Dsurefire.failIfNoSpecifiedTests=false -Dproperties.write=true";

  /** Limits that have no property, with what they are. */
  private static final Map<Limit, String> FIXED =
      Map.of(
          Limit.CHUNK_LINE_SIZE,
          "256 bytes",
          Limit.WEBSOCKET_DEFLATERS,
          "64 MiB of native memory on one loop");

  /** Protocols whose limits say so at the beginning of their names. */
  private static final Set<String> CODECS = Set.of("http2", "websocket");

  private final Map<String, Property> properties;

  LimitReferenceTest() throws IOException {
    properties = new TreeMap<>(PropertyMetadata.springBoots().properties());
    properties.putAll(PropertyMetadata.ours().properties());
  }

  @Test
  void theDocumentHasARowForEveryLimit() throws IOException {
    String document = Files.readString(DOCUMENT);
    int begin = document.indexOf(BEGIN) + BEGIN.length();
    String wanted = document.substring(0, begin) + table() + document.substring(end(document));
    if (Boolean.getBoolean("properties.write")) {
      Files.writeString(DOCUMENT, wanted);
      return;
    }
    assertThat(document)
        .as("docs/limits.md does not fit Limit. To write it anew: %s", COMMAND)
        .isEqualTo(wanted)
        .contains(COMMAND);
  }

  @Test
  void everyLimitHasAPropertyThereIsOrIsFixed() {
    for (Limit limit : Limit.values()) {
      String property = limit.property();
      assertThat(property == null).as(limit.tag()).isEqualTo(FIXED.containsKey(limit));
      if (property != null && isServed(limit)) {
        assertThat(properties).as(limit.tag()).containsKey(property);
      }
    }
  }

  /** Whether a limit's protocol has properties: its codec may be there before it is served. */
  private boolean isServed(Limit limit) {
    return CODECS.stream()
        .filter(protocol -> limit.tag().startsWith(protocol + "-"))
        .map(protocol -> "kqueue.server." + protocol + ".")
        .allMatch(group -> properties.keySet().stream().anyMatch(key -> key.startsWith(group)));
  }

  private static int end(String document) {
    int end = document.indexOf(END);
    assertThat(end).as("end of the table").isPositive();
    return end;
  }

  private String table() {
    StringBuilder out = new StringBuilder();
    out.append("\n| limit | property | default | what the client gets | closed for |\n");
    out.append("| --- | --- | --- | --- | --- |\n");
    for (Limit limit : Limit.values()) {
      String property = limit.property();
      if (isServed(limit)) {
        out.append(row(limit, property)).append('\n');
      }
    }
    return out.toString();
  }

  private String row(Limit limit, @Nullable String property) {
    CloseReason reason = CloseReason.of(limit);
    return "| "
        + String.join(
            " | ",
            "`" + limit.tag() + "`",
            property == null ? "fixed" : "`" + property + "`",
            property == null ? FIXED.getOrDefault(limit, "") : defaultOf(property),
            limit.answer(),
            reason == null ? "not closed" : "`" + written(reason) + "`")
        + " |";
  }

  private String defaultOf(String property) {
    Property known = properties.get(property);
    return known == null || known.defaults() == null
        ? PropertyReference.WITHOUT_DEFAULT.getOrDefault(property, "")
        : PropertyReference.values(known.defaults());
  }

  private static String written(CloseReason reason) {
    return reason.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
