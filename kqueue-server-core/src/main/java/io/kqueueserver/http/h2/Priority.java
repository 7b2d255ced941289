package io.kqueueserver.http.h2;

import java.nio.charset.StandardCharsets;

/**
 * The priority of a response as its client wishes it (RFC 9218 4).
 *
 * @param urgency 0, the most urgent, to 7
 * @param incremental whether pieces of the response are of use before it is complete, so that it
 *     may share the connection with others of its urgency
 */
public record Priority(int urgency, boolean incremental) {
  static final int DEFAULT_URGENCY = 3;

  static final int LEAST_URGENT = 7;
  private static final Priority[] ALL = new Priority[2 * (LEAST_URGENT + 1)];

  static {
    for (int i = 0; i < ALL.length; i++) {
      ALL[i] = new Priority(i >>> 1, (i & 1) != 0);
    }
  }

  /** The priority of a request that sets none. */
  public static final Priority DEFAULT = of(DEFAULT_URGENCY, false);

  /** As the constructor, without making an object. */
  public static Priority of(int urgency, boolean incremental) {
    return ALL[2 * urgency + (incremental ? 1 : 0)];
  }

  /**
   * Reads a {@code Priority} field, a dictionary of structured fields (RFC 8941 3.2). A member that
   * is absent, unknown, out of range or of another type changes nothing (RFC 9218 4); a malformed
   * dictionary is the {@link #DEFAULT}.
   */
  public static Priority parse(String field) {
    byte[] octets = field.getBytes(StandardCharsets.ISO_8859_1);
    return parse(octets, 0, octets.length);
  }

  static Priority parse(byte[] b, int from, int to) {
    PriorityField field = new PriorityField(b, from, to);
    return field.read() ? of(field.urgency(), field.incremental()) : DEFAULT;
  }
}
