package io.kqueueserver.spring.http;

import io.kqueueserver.http.Headers;
import io.kqueueserver.http.RequestHead;
import java.util.AbstractMap;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.util.LinkedCaseInsensitiveMap;
import org.springframework.util.MultiValueMap;

/**
 * Request fields as Spring's map. The map is read-only, ignores the case of names and keeps the
 * order. A look-up builds no map; only a walk over all fields builds one. Any thread.
 */
public final class KqueueHeadersAdapter extends AbstractMap<String, List<String>>
    implements MultiValueMap<String, String> {
  private final Headers headers;
  private volatile @Nullable Map<String, List<String>> grouped;

  public KqueueHeadersAdapter(Headers headers) {
    this.headers = headers;
  }

  /** The fields of a request as WebFlux has them, with those that {@link Connects} adds. */
  public static KqueueHeadersAdapter of(RequestHead head) {
    return new KqueueHeadersAdapter(Connects.headers(head));
  }

  @Override
  public @Nullable String getFirst(String name) {
    return headers.first(name);
  }

  @Override
  public @Nullable List<String> get(@Nullable Object name) {
    if (!(name instanceof String field)) {
      return null;
    }
    List<String> values = headers.all(field);
    return values.isEmpty() ? null : Collections.unmodifiableList(values);
  }

  @Override
  public boolean containsKey(@Nullable Object name) {
    return name instanceof String field && headers.contains(field);
  }

  @Override
  public boolean isEmpty() {
    return headers.size() == 0;
  }

  @Override
  public int size() {
    return grouped().size();
  }

  @Override
  public Set<String> keySet() {
    return grouped().keySet();
  }

  @Override
  public Collection<List<String>> values() {
    return grouped().values();
  }

  @Override
  public Set<Entry<String, List<String>>> entrySet() {
    return grouped().entrySet();
  }

  @Override
  public Map<String, String> toSingleValueMap() {
    Map<String, String> first = new LinkedCaseInsensitiveMap<>(headers.size(), Locale.ROOT);
    for (int i = 0; i < headers.size(); i++) {
      first.putIfAbsent(headers.name(i), headers.value(i));
    }
    return first;
  }

  private Map<String, List<String>> grouped() {
    Map<String, List<String>> map = grouped;
    if (map == null) {
      Map<String, List<String>> fresh = new LinkedCaseInsensitiveMap<>(headers.size(), Locale.ROOT);
      for (int i = 0; i < headers.size(); i++) {
        fresh.computeIfAbsent(headers.name(i), name -> new ArrayList<>(1)).add(headers.value(i));
      }
      fresh.replaceAll((name, values) -> Collections.unmodifiableList(values));
      map = Collections.unmodifiableMap(fresh);
      grouped = map;
    }
    return map;
  }

  @Override
  public void add(String name, @Nullable String value) {
    throw readOnly();
  }

  @Override
  public void addAll(String name, List<? extends String> values) {
    throw readOnly();
  }

  @Override
  public void addAll(MultiValueMap<String, String> values) {
    throw readOnly();
  }

  @Override
  public void set(String name, @Nullable String value) {
    throw readOnly();
  }

  @Override
  public void setAll(Map<String, String> values) {
    throw readOnly();
  }

  @Override
  public List<String> put(String name, List<String> values) {
    throw readOnly();
  }

  @Override
  public List<String> remove(Object name) {
    throw readOnly();
  }

  @Override
  public void clear() {
    throw readOnly();
  }

  /** The text in the form of all of Spring's header maps. */
  @Override
  public String toString() {
    return HttpHeaders.formatHeaders(this);
  }

  private static UnsupportedOperationException readOnly() {
    return new UnsupportedOperationException("request headers are read-only");
  }
}
