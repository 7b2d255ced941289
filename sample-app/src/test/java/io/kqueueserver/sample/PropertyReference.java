package io.kqueueserver.sample;

import io.kqueueserver.sample.PropertyMetadata.Property;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Writes the generated part of {@code docs/properties.md}. */
final class PropertyReference {
  /** Keys that have no default, with what happens if they are not set. */
  static final Map<String, String> WITHOUT_DEFAULT =
      Map.ofEntries(
          Map.entry("kqueue.server.loops", "one per available processor"),
          Map.entry("kqueue.server.max-held-bytes", "a quarter of the maximum heap"),
          Map.entry("kqueue.server.native.kqueue-library", "the system's library"),
          Map.entry("kqueue.server.native.kqueue-abi", "`libkqueue`"),
          Map.entry("kqueue.server.native.library", "the system's library"),
          Map.entry("kqueue.server.native.abi", "the ABI of this system"),
          Map.entry("kqueue.server.access-log.file", "the logger is told"),
          Map.entry("kqueue.server.compression.codings", "all that are available"),
          Map.entry("kqueue.server.forwarded.trusted-proxies", "private and loopback ranges"),
          Map.entry("kqueue.server.unix-socket.path", "no such socket"),
          Map.entry("kqueue.server.tls.providers", "that of `provider`"),
          Map.entry("kqueue.server.handover.path", "no handover"),
          Map.entry("kqueue.server.request-rate.excluded-paths", "none"),
          Map.entry("kqueue.server.shutdown.event-stream-timeout", "waits for their end"),
          Map.entry("kqueue.server.wire-log-masked", "credentials only"),
          Map.entry("management.endpoint.kqueue.roles", "any authenticated user"));

  private final PropertyMetadata metadata;

  PropertyReference(PropertyMetadata metadata) {
    this.metadata = metadata;
  }

  /** A table for each group. */
  String markdown() {
    StringBuilder out = new StringBuilder();
    metadata.groups().forEach((group, description) -> table(out, group, description));
    return out.toString();
  }

  private void table(StringBuilder out, String group, String description) {
    out.append("\n### ").append(group).append("\n\n");
    if (!description.isEmpty()) {
      out.append(description).append("\n\n");
    }
    out.append("| key | type | default | |\n| --- | --- | --- | --- |\n");
    metadata.properties().values().stream()
        .filter(property -> metadata.groupOf(property.name()).equals(group))
        .forEach(property -> out.append(row(property)).append('\n'));
  }

  private String row(Property property) {
    String said = property.description() + (property.deprecated() ? " Deprecated." : "");
    return "| "
        + String.join(
            " | ",
            "`" + property.name() + "`",
            type(property),
            defaultOf(property),
            said.replace("|", "\\|").replace("<", "&lt;"))
        + " |";
  }

  /** The name of a type, or the values there are. */
  private String type(Property property) {
    List<String> constants = property.constants();
    if (!constants.isEmpty()) {
      return constants.stream().map(PropertyReference::code).collect(Collectors.joining(", "));
    }
    String name = code(property.type().replaceAll("\\b(?:[a-z]\\w*\\.)+(?:[A-Z]\\w*\\$)*", ""));
    List<String> hinted = metadata.hints().get(property.name());
    return hinted == null
        ? name
        : name
            + ", such as "
            + hinted.stream().map(PropertyReference::code).collect(Collectors.joining(", "));
  }

  private static String defaultOf(Property property) {
    List<String> defaults = property.defaults();
    if (defaults == null) {
      return WITHOUT_DEFAULT.getOrDefault(property.name(), "");
    }
    // The processor writes an enum's constant as READ_ONLY in lower case; people write read-only.
    boolean constant = !property.constants().isEmpty();
    return values(
        constant ? defaults.stream().map(text -> text.replace('_', '-')).toList() : defaults);
  }

  /** Values as they stand in a cell. */
  static String values(@Nullable List<String> values) {
    if (values == null) {
      return "";
    }
    String text =
        values.stream()
            .filter(value -> !value.isEmpty())
            .map(PropertyReference::code)
            .collect(Collectors.joining(", "));
    return text.isEmpty() ? "empty" : text;
  }

  private static String code(String text) {
    return "`" + text + "`";
  }
}
