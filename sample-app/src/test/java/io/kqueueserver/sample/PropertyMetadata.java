package io.kqueueserver.sample;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.util.ClassUtils;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the modules on the class path have written down of their properties, for IDEs to show. */
final class PropertyMetadata {
  private static final String RESOURCE = "META-INF/spring-configuration-metadata.json";
  private static final String OURS = "io.kqueueserver.";

  private final SortedMap<String, String> groups = new TreeMap<>();
  private final SortedMap<String, Property> properties = new TreeMap<>();
  private final SortedMap<String, List<String>> hints = new TreeMap<>();

  private PropertyMetadata() {}

  /**
   * @param type fully qualified
   * @param defaults what it is unless set: nothing, one value, or those of a list
   * @param deprecated whether it is bound no more, or to be replaced
   */
  record Property(
      String name,
      String type,
      @Nullable List<String> defaults,
      String description,
      boolean deprecated) {

    /** Names of the constants as they are written in properties; empty if it is no enum. */
    List<String> constants() {
      Class<?> known =
          ClassUtils.isPresent(type, null) ? ClassUtils.resolveClassName(type, null) : null;
      return known == null || !known.isEnum()
          ? List.of()
          : Stream.of(known.getEnumConstants()).map(Object::toString).map(this::written).toList();
    }

    private String written(String constant) {
      return constant.toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /** Of the modules of this project. */
  static PropertyMetadata ours() throws IOException {
    return read(true);
  }

  /** Of everything else on the class path. */
  static PropertyMetadata springBoots() throws IOException {
    return read(false);
  }

  private static PropertyMetadata read(boolean ours) throws IOException {
    PropertyMetadata metadata = new PropertyMetadata();
    for (URL url : Collections.list(loader().getResources(RESOURCE))) {
      try (InputStream in = url.openStream()) {
        JsonNode module = JsonMapper.shared().readTree(in);
        if (isOurs(module) == ours) {
          metadata.add(module);
        }
      }
    }
    return metadata;
  }

  private static ClassLoader loader() {
    return PropertyMetadata.class.getClassLoader();
  }

  private static boolean isOurs(JsonNode module) {
    for (JsonNode group : module.path("groups")) {
      if (group.path("sourceType").asString("").startsWith(OURS)) {
        return true;
      }
    }
    return false;
  }

  private void add(JsonNode module) {
    for (JsonNode group : module.path("groups")) {
      groups.merge(
          group.path("name").asString(), group.path("description").asString(""), String::concat);
    }
    for (JsonNode node : module.path("properties")) {
      Property property =
          new Property(
              node.path("name").asString(),
              node.path("type").asString(""),
              defaults(node.path("defaultValue")),
              node.path("description").asString(""),
              node.has("deprecation") || node.path("deprecated").asBoolean(false));
      properties.put(property.name(), property);
    }
    for (JsonNode hint : module.path("hints")) {
      List<String> values = new ArrayList<>();
      hint.path("values").forEach(value -> values.add(value.path("value").asString()));
      hints.put(hint.path("name").asString(), values);
    }
  }

  private static @Nullable List<String> defaults(JsonNode value) {
    if (value.isMissingNode() || value.isNull()) {
      return null;
    }
    List<String> defaults = new ArrayList<>();
    if (value.isArray()) {
      value.forEach(element -> defaults.add(element.asString()));
    } else {
      defaults.add(value.asString());
    }
    return defaults;
  }

  SortedMap<String, Property> properties() {
    return properties;
  }

  /** Values an IDE proposes for a property whose type does not tell them, by its name. */
  SortedMap<String, List<String>> hints() {
    return hints;
  }

  /** Names of the groups that have properties of their own, in order, with their descriptions. */
  SortedMap<String, String> groups() {
    SortedMap<String, String> used = new TreeMap<>(groups);
    used.keySet()
        .removeIf(
            group -> properties.keySet().stream().noneMatch(name -> group.equals(groupOf(name))));
    return used;
  }

  /** The nearest group above a property, or its own prefix where none is declared. */
  String groupOf(String property) {
    for (int dot = property.lastIndexOf('.'); dot > 0; dot = property.lastIndexOf('.', dot - 1)) {
      if (groups.containsKey(property.substring(0, dot))) {
        return property.substring(0, dot);
      }
    }
    return property.substring(0, property.lastIndexOf('.'));
  }
}
