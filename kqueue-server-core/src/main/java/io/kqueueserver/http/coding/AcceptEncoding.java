package io.kqueueserver.http.coding;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a client says it can decode (RFC 9110 12.5.3). A field that is longer than any client's is
 * not read: such a client gets its response as it is. Not thread-safe: one per loop, since most
 * clients say the same and the last answer is remembered.
 */
public final class AcceptEncoding {
  /** Chrome sends 33 characters, and there are fewer than ten codings. */
  static final int MAX_CHARS = 512;

  static final int MAX_ELEMENTS = 32;

  private static final int UNSAID = -1;

  private final List<ContentCoding> preference;
  private final int[] weights = new int[ContentCoding.values().length];
  private int identity;
  private int any;

  private @Nullable String lastSaid;
  private @Nullable ContentCoding lastAnswer;

  /**
   * Makes a reader.
   *
   * @param preference what we would use, best first; it decides between equal weights
   */
  public AcceptEncoding(List<ContentCoding> preference) {
    this.preference = List.copyOf(preference);
  }

  /**
   * The coding to use, or null for none: the highest weight wins, a coding before none at all. No
   * field would allow anything (RFC 9110), but a client that sends none gets nothing unusual. The
   * wildcard stands for gzip and deflate alone: hardly a client that sends it means zstd.
   */
  public @Nullable ContentCoding choose(List<String> fields) {
    if (fields.isEmpty()) {
      return null;
    }
    String said = fields.size() == 1 ? fields.get(0) : String.join(",", fields);
    if (!said.equals(lastSaid)) {
      lastAnswer = said.length() > MAX_CHARS ? null : parse(said);
      lastSaid = said.length() > MAX_CHARS ? null : said;
    }
    return lastAnswer;
  }

  private @Nullable ContentCoding parse(String said) {
    Arrays.fill(weights, UNSAID);
    identity = UNSAID;
    any = UNSAID;
    int from = 0;
    for (int elements = 0; from <= said.length(); elements++) {
      if (elements == MAX_ELEMENTS) {
        return null;
      }
      int comma = said.indexOf(',', from);
      int to = comma < 0 ? said.length() : comma;
      element(said.substring(from, to));
      from = to + 1;
    }
    return best();
  }

  private void element(String element) {
    int semicolon = element.indexOf(';');
    String name = (semicolon < 0 ? element : element.substring(0, semicolon)).strip();
    int weight = semicolon < 0 ? 1000 : weight(element.substring(semicolon + 1).strip());
    if (name.equals("*")) {
      any = any == UNSAID ? weight : any;
    } else if (name.equalsIgnoreCase("identity")) {
      identity = identity == UNSAID ? weight : identity;
    } else {
      ContentCoding coding = ContentCoding.of(name);
      if (coding != null && weights[coding.ordinal()] == UNSAID) {
        weights[coding.ordinal()] = weight; // who names it twice is taken at the first word
      }
    }
  }

  /** In thousandths; 0, which is "not this one", for what is no weight. */
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
      if (weight == UNSAID && common) {
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
