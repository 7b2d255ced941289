package io.kqueueserver.http.h1;

import io.kqueueserver.http.Headers;
import io.kqueueserver.http.syntax.FieldNames;
import io.kqueueserver.http.syntax.Octets;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Parsed field lines over the octets they came in; Strings are made when asked for. Only where each
 * line starts is kept: the colon is found again, being the first octet that is not part of the
 * name.
 */
final class FieldBlock implements Headers {
  private final byte[] bytes;

  /** One entry per line, and the end of the last line. */
  private final int[] lineStarts;

  FieldBlock(byte[] bytes, int[] lineStarts) {
    this.bytes = bytes;
    this.lineStarts = lineStarts;
  }

  @Override
  public int size() {
    return lineStarts.length - 1;
  }

  @Override
  public String name(int index) {
    int start = lineStarts[index];
    return FieldNames.text(bytes, start, colon(start, lineStarts[index + 1]));
  }

  @Override
  public String value(int index) {
    int colon = colon(lineStarts[index], lineStarts[index + 1]);
    return valueText(colon + 1, lineStarts[index + 1] - 2);
  }

  @Override
  public @Nullable String first(String name) {
    int index = indexOf(name, 0);
    return index < 0 ? null : valueOf(index, name);
  }

  @Override
  public List<String> all(String name) {
    int index = indexOf(name, 0);
    if (index < 0) {
      return List.of();
    }
    List<String> values = new ArrayList<>(2);
    for (; index >= 0; index = indexOf(name, index + 1)) {
      values.add(valueOf(index, name));
    }
    return values;
  }

  @Override
  public boolean contains(String name) {
    return indexOf(name, 0) >= 0;
  }

  private int indexOf(String name, int from) {
    for (int i = from; i < lineStarts.length - 1; i++) {
      if (isNamed(name, lineStarts[i], lineStarts[i + 1])) {
        return i;
      }
    }
    return -1;
  }

  private boolean isNamed(String name, int start, int end) {
    int length = name.length();
    if (end - start <= length || bytes[start + length] != ':') {
      return false;
    }
    for (int i = 0; i < length; i++) {
      char c = name.charAt(i);
      if (c > 0x7f || Octets.lower(bytes[start + i]) != Octets.lower(c)) {
        return false;
      }
    }
    // A name with a colon in it must not match a piece of the value.
    return name.indexOf(':') < 0;
  }

  private String valueOf(int index, String name) {
    return valueText(lineStarts[index] + name.length() + 1, lineStarts[index + 1] - 2);
  }

  private String valueText(int from, int to) {
    int start = Octets.skipBlanks(bytes, from, to);
    int end = Octets.trimBlanks(bytes, start, to);
    return start == end ? "" : new String(bytes, start, end - start, StandardCharsets.ISO_8859_1);
  }

  private int colon(int from, int to) {
    return Octets.indexOf(bytes, ':', from, to);
  }
}
