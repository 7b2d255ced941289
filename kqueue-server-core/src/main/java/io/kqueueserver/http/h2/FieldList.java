package io.kqueueserver.http.h2;

import io.kqueueserver.http.Headers;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Decoded fields, whose Strings the tables of HPACK may share; names are in lower case. */
final class FieldList implements Headers {
  /** Name and value by turns. */
  private final @Nullable String[] texts;

  private final int size;

  /**
   * Fields that are complete; the array must not change any more.
   *
   * @param size fields in the array
   */
  FieldList(@Nullable String[] texts, int size) {
    this.texts = texts;
    this.size = size;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public String name(int index) {
    return text(2 * Objects.checkIndex(index, size));
  }

  @Override
  public String value(int index) {
    return text(2 * Objects.checkIndex(index, size) + 1);
  }

  private String text(int at) {
    String text = texts[at];
    assert text != null : "a field without its text";
    return text;
  }
}
