package io.kqueueserver.http.coding;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Chooses a coding by a client's Accept-Encoding (RFC 9110 12.5.3). A field that is longer than any
 * honest one is not read, and the response is not coded. The last choice is kept, because most
 * clients send the same field. Not thread-safe: each loop has a reader.
 */
public final class AcceptEncoding {
  /** 512: most characters of a field. Chrome sends 33, and there are fewer than ten codings. */
  static final int MAX_CHARS = 512;

  static final int MAX_ELEMENTS = 32;

  private static final int UNLISTED = -1;

  private final List<ContentCoding> preference;
  private final int[] weights = new int[ContentCoding.values().length];
  private int identity;
  private int any;

  private @Nullable String lastValue;
  private @Nullable ContentCoding lastAnswer;

  /**
   * Makes a reader.
   *
   * @param preference the server's codings, best first; their order decides between equal weights
   */
  public AcceptEncoding(List<ContentCoding> preference) {
    this.preference = List.copyOf(preference);
  }

  /**
   * The coding to use, or null for none. The highest weight wins, and at a tie a coding wins over
   * no coding. A request without the field would allow any coding (RFC 9110), but its response is
   * not coded. The wildcard stands for gzip and deflate only, because few clients that send it
   * support zstd.
   */
  public @Nullable ContentCoding choose(List<String> fields) {
    if (fields.isEmpty()) {
      return null;
    }
    String value = fields.size() == 1 ? fields.get(0) : String.join(",", fields);
    if (!value.equals(lastValue)) {
      lastAnswer = value.length() > MAX_CHARS ? null : parse(value);
      lastValue = value.length() > MAX_CHARS ? null : value;
    }
    return lastAnswer;
  }

  private @Nullable ContentCoding parse(String value) {
    Arrays.fill(weights, UNLISTED);
    identity = UNLISTED;
    any = UNLISTED;
    int from = 0;
    for (int elements = 0; from <= value.length(); elements++) {
      if (elements == MAX_ELEMENTS) {
        return null;
      }
      int comma = value.indexOf(',', from);
      int to = comma < 0 ? value.length() : comma;
      element(value.substring(from, to));
      from = to + 1;
    }
    return best();
  }

  private void element(String element) {
    int semicolon = element.indexOf(';');
    String name = (semicolon < 0 ? element : element.substring(0, semicolon)).strip();
    int weight = semicolon < 0 ? 1000 : weight(element.substring(semicolon + 1).strip());
    if (name.equals("*")) {
      any = any == UNLISTED ? weight : any;
    } else if (name.equalsIgnoreCase("identity")) {
      identity = identity == UNLISTED ? weight : identity;
    } else {
      ContentCoding coding = ContentCoding.of(name);
      if (coding != null && weights[coding.ordinal()] == UNLISTED) {
        weights[coding.ordinal()] = weight; // the first of two weights of a coding counts
      }
    }
  }

  /** A weight in thousandths. Malformed weights are 0, which excludes the coding. */
  private static int weight(String parameter) {
    int length = parameter.length();
    if (length < 3 || length > 7 || (parameter.charAt(0) | 0x20) != 'q') {
      return 0;
    }
    char whole = parameter.charAt(2);
    if (parameter.charAt(1) != '=' || (whole != '0' && whole != '1')) {
      return 0;
    }
    int value = (whole - '0') * 1000;
    if (length > 3 && parameter.charAt(3) != '.') {
      return 0;
    }
    int unit = 100;
    for (int i = 4; i < length; i++) {
      int digit = parameter.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return 0;
      }
      value += digit * unit;
      unit /= 10;
    }
    return value > 1000 ? 0 : value;
  }

  private @Nullable ContentCoding best() {
    ContentCoding best = null;
    int most = Math.max(0, identity - 1); // no coding wins only with a weight of its own above
    for (ContentCoding coding : preference) {
      int weight = weights[coding.ordinal()];
      boolean common = coding == ContentCoding.GZIP || coding == ContentCoding.DEFLATE;
      if (weight == UNLISTED && common) {
        weight = any;
      }
      if (weight > most) {
        most = weight;
        best = coding;
      }
    }
    return best;
  }
}
