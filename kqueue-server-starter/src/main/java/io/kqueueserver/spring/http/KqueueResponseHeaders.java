package io.kqueueserver.spring.http;

import io.kqueueserver.http.HeaderSink;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.syntax.FieldSyntax;
import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.util.Assert;
import org.springframework.util.LinkedCaseInsensitiveMap;
import org.springframework.util.MultiValueMap;

/**
 * Response fields as Spring's map, held as the lines to be sent. The map ignores the case of names,
 * keeps the order and searches its few entries one by one; Spring's own map makes two hash maps and
 * a list per field of every response. Returned lists are copies, as with Netty's and Tomcat's
 * headers. A null value is no field. A field that cannot be sent is refused when it is set, so that
 * the stack trace shows the caller. Like Spring's own map, this map is not thread-safe.
 */
public final class KqueueResponseHeaders extends AbstractMap<String, List<String>>
    implements MultiValueMap<String, String>, HeaderSource {
  private static final int INITIAL_LINES = 6;

  private String[] names = new String[INITIAL_LINES];
  private String[] values = new String[INITIAL_LINES];
  private int lines;

  @Override
  public void writeTo(HeaderSink sink) {
    for (int i = 0; i < lines; i++) {
      sink.field(names[i], values[i]);
    }
  }

  @Override
  public @Nullable String getFirst(String name) {
    int line = indexOf(name, 0);
    return line < 0 ? null : values[line];
  }

  @Override
  public void add(String name, @Nullable String value) {
    if (value != null) {
      check(name, value);
      int length = isLength(name) ? indexOf(name, 0) : -1;
      if (length >= 0) {
        checkSame(values[length], value);
      }
      append(name, value);
    }
  }

  private void append(String name, String value) {
    if (lines == names.length) {
      names = Arrays.copyOf(names, 2 * lines);
      values = Arrays.copyOf(values, 2 * lines);
    }
    names[lines] = name;
    values[lines++] = value;
  }

  @Override
  public void addAll(String name, List<? extends String> added) {
    check(name, added);
    for (String value : added) {
      add(name, value);
    }
  }

  private static void check(String name, String value) {
    Assert.notNull(name, "a field needs a name");
    FieldSyntax.check(name, value);
  }

  /** Checks name and values before any of them is stored, so that a refusal changes nothing. */
  private static void check(String name, List<? extends @Nullable String> values) {
    String first = null;
    for (String value : values) {
      if (value != null) {
        check(name, value);
        first = first == null ? value : first;
        if (isLength(name)) {
          checkSame(first, value);
        }
      }
    }
  }

  private static boolean isLength(String name) {
    return name.length() == 14 && name.equalsIgnoreCase(HttpHeaders.CONTENT_LENGTH);
  }

  private static void checkSame(String length, String other) {
    if (FieldSyntax.contentLength(length) != FieldSyntax.contentLength(other)) {
      throw new IllegalArgumentException(
          "two values of Content-Length: " + length + " and " + other);
    }
  }

  @Override
  public void addAll(MultiValueMap<String, String> added) {
    added.forEach(this::addAll);
  }

  /** Sets the value of the first line of that name in its place; further lines are removed. */
  @Override
  public void set(String name, @Nullable String value) {
    if (value == null) {
      return;
    }
    check(name, value);
    int line = indexOf(name, 0);
    if (line < 0) {
      append(name, value);
    } else {
      values[line] = value;
      removeFrom(line + 1, name);
    }
  }

  @Override
  public void setAll(Map<String, String> set) {
    set.forEach(this::set);
  }

  @Override
  public Map<String, String> toSingleValueMap() {
    Map<String, String> first = new LinkedCaseInsensitiveMap<>(lines, Locale.ROOT);
    for (int i = 0; i < lines; i++) {
      first.putIfAbsent(names[i], values[i]);
    }
    return first;
  }

  @Override
  public @Nullable List<String> get(@Nullable Object name) {
    return name instanceof String field && indexOf(field, 0) >= 0 ? all(field) : null;
  }

  @Override
  public boolean containsKey(@Nullable Object name) {
    return name instanceof String field && indexOf(field, 0) >= 0;
  }

  @Override
  public @Nullable List<String> put(String name, List<String> replacement) {
    check(name, replacement);
    List<String> previous = remove(name);
    addAll(name, replacement);
    return previous;
  }

  @Override
  public @Nullable List<String> remove(@Nullable Object name) {
    if (!(name instanceof String field)) {
      return null;
    }
    List<String> previous = get(field);
    removeFrom(0, field);
    return previous;
  }

  @Override
  public void clear() {
    Arrays.fill(names, 0, lines, null);
    Arrays.fill(values, 0, lines, null);
    lines = 0;
  }

  @Override
  public boolean isEmpty() {
    return lines == 0;
  }

  @Override
  public int size() {
    return distinctNames().size();
  }

  @Override
  public Set<Entry<String, List<String>>> entrySet() {
    return new Entries();
  }

  /** The text in the form of all of Spring's header maps. */
  @Override
  public String toString() {
    return HttpHeaders.formatHeaders(this);
  }

  private List<String> all(String name) {
    List<String> found = new ArrayList<>(2);
    for (int i = indexOf(name, 0); i >= 0; i = indexOf(name, i + 1)) {
      found.add(values[i]);
    }
    return found;
  }

  private int indexOf(String name, int from) {
    for (int i = from; i < lines; i++) {
      if (names[i].equalsIgnoreCase(name)) {
        return i;
      }
    }
    return -1;
  }

  private void removeFrom(int from, String name) {
    int kept = from;
    for (int i = from; i < lines; i++) {
      if (!names[i].equalsIgnoreCase(name)) {
        names[kept] = names[i];
        values[kept++] = values[i];
      }
    }
    Arrays.fill(names, kept, lines, null);
    Arrays.fill(values, kept, lines, null);
    lines = kept;
  }

  /** The names in the order and the case of their first lines. */
  private Collection<String> distinctNames() {
    Set<String> distinct = new LinkedHashSet<>();
    for (int i = 0; i < lines; i++) {
      if (indexOf(names[i], 0) == i) {
        distinct.add(names[i]);
      }
    }
    return distinct;
  }

  /** One entry per name. Removal and {@code setValue} write through to the map. */
  private final class Entries extends AbstractSet<Entry<String, List<String>>> {
    @Override
    public int size() {
      return KqueueResponseHeaders.this.size();
    }

    @Override
    public Iterator<Entry<String, List<String>>> iterator() {
      Iterator<String> distinct = distinctNames().iterator();
      return new Iterator<>() {
        private @Nullable String current;

        @Override
        public boolean hasNext() {
          return distinct.hasNext();
        }

        @Override
        public Entry<String, List<String>> next() {
          String name = distinct.next();
          current = name;
          return new Line(name, all(name));
        }

        @Override
        public void remove() {
          if (current == null) {
            throw new IllegalStateException("no current field");
          }
          removeFrom(0, current);
          current = null;
        }
      };
    }
  }

  private final class Line extends SimpleEntry<String, List<String>> {
    private static final long serialVersionUID = 1L;

    Line(String name, List<String> values) {
      super(name, values);
    }

    @Override
    public List<String> setValue(List<String> replacement) {
      put(getKey(), replacement);
      return super.setValue(replacement);
    }
  }
}
