package io.kqueueserver.http.h2;

import io.kqueueserver.http.h2.hpack.FieldSink;
import io.kqueueserver.http.syntax.ConnectionFields;
import io.kqueueserver.http.syntax.FieldSyntax;
import io.kqueueserver.http.syntax.Octets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Takes the fields of one block as they are decoded and holds them to RFC 9113 8.2. The first fault
 * makes the section malformed; later fields are dropped, since the block must be decoded to its end
 * in every case. The decoder bounds sizes and numbers. One per connection, reused.
 */
abstract sealed class FieldSection implements FieldSink permits RequestFields, RequestTrailers {
  private static final int FEW_FIELDS = 8;

  private @Nullable String[] texts = {};
  private int size;
  private int usual = FEW_FIELDS;
  private int streamId;
  private @Nullable String fault;
  private boolean fieldSeen;

  /** The next fields are those of a block of this stream. */
  public void begin(int stream) {
    streamId = stream;
    size = 0;
    texts = new String[2 * usual];
    fault = null;
    fieldSeen = false;
  }

  @Override
  public final void field(String name, String value, boolean neverIndexed) {
    if (fault != null) {
      return;
    }
    if (name.isEmpty()) {
      malformed("empty field name");
    } else if (name.charAt(0) == ':') {
      if (fieldSeen) {
        malformed("pseudo-header field behind another field");
      } else {
        pseudo(name, value);
      }
    } else {
      fieldSeen = true;
      if (isName(name) && isValue(value) && isLegal(name, value)) {
        regular(name, value);
      }
    }
  }

  /** A pseudo-header field, before any other. */
  abstract void pseudo(String name, String value);

  /** A field that is well formed. */
  abstract void regular(String name, String value);

  /** The block is complete: the stream is at fault if it was malformed. */
  final void requireSound() {
    if (fault != null) {
      throw fault();
    }
  }

  final void require(boolean condition, String otherwise) {
    if (!condition) {
      malformed(otherwise);
      throw fault();
    }
  }

  final String require(@Nullable String text, String otherwise) {
    if (text == null) {
      malformed(otherwise);
      throw fault();
    }
    return text;
  }

  final void malformed(String text) {
    fault = text;
  }

  final int size() {
    return size;
  }

  final void add(String name, String value) {
    if (2 * size == texts.length) {
      texts = Arrays.copyOf(texts, 2 * texts.length);
    }
    texts[2 * size] = name;
    texts[2 * size + 1] = value;
    size++;
  }

  /** The value of a field that was added. */
  final String value(int index) {
    String value = texts[2 * index + 1];
    assert value != null : "a field without its value";
    return value;
  }

  final void value(int index, String value) {
    texts[2 * index + 1] = value;
  }

  /** Hands the fields over. */
  final FieldList take() {
    FieldList fields = new FieldList(texts, size);
    usual = Math.min(Math.max(size, FEW_FIELDS), 8 * FEW_FIELDS);
    texts = new String[0];
    size = 0;
    return fields;
  }

  private Http2Exception fault() {
    return Http2Exception.stream(streamId, ErrorCode.PROTOCOL_ERROR, "malformed request: " + fault);
  }

  /** RFC 9113 8.2.1: a token without letters in upper case. */
  private boolean isName(String name) {
    int length = name.length();
    for (int i = 0; i < length; i++) {
      char c = name.charAt(i);
      if (c > 0x7f || !Octets.isTchar(c) || (c >= 'A' && c <= 'Z')) {
        malformed("field name that is no token in lower case");
        return false;
      }
    }
    return true;
  }

  /** RFC 9113 8.2.1, and as HTTP/1 no control but a tab within. */
  private boolean isValue(String value) {
    int length = value.length();
    boolean surrounded =
        length > 0 && (Octets.isBlank(value.charAt(0)) || Octets.isBlank(value.charAt(length - 1)));
    if (surrounded) {
      malformed("white space around a field value");
    } else if (!FieldSyntax.isContent(value)) {
      malformed("control character in a field value");
    }
    return fault == null;
  }

  /** RFC 9113 8.2.2. */
  private boolean isLegal(String name, String value) {
    if (ConnectionFields.isConnectionSpecific(name)) {
      malformed("field of a connection: " + name);
    } else if (name.equals("te") && !value.equalsIgnoreCase("trailers")) {
      malformed("TE other than trailers");
    }
    return fault == null;
  }
}
