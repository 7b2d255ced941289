package io.kqueueserver.http.h2.hpack;

import io.kqueueserver.http.HttpException;
import io.kqueueserver.http.Limits;
import io.kqueueserver.stats.Limit;
import org.jspecify.annotations.Nullable;

/**
 * Measures the fields of one block as HTTP/1 would have sent them, so that a request passes or is
 * refused alike over every protocol. A field counts its name, its value and the four octets of
 * colon, space and line end; {@code :authority} counts as Host. The method, path and scheme count
 * against the bound of the request line.
 *
 * <p>Clients cut Cookie into crumbs (RFC 9113 8.2.3), which count as the one field they are joined
 * to: two octets more each, and a bound on their number of their own.
 */
final class FieldBudget {
  /** The most Cookie fields in one block. A browser sends one per cookie, of which it keeps 180. */
  static final int MAX_CRUMBS = 1024;

  private static final int LINE_OVERHEAD = ": \r\n".length();
  private static final int CRUMB_OVERHEAD = "; ".length();

  private final Limits limits;

  private Limit sizeLimit = Limit.HEADER_SIZE;
  private Limit countLimit = Limit.HEADER_COUNT;
  private int lineRoom;
  private int fieldRoom;
  private int fields;
  private int crumbs;
  private @Nullable HttpException refusal;

  FieldBudget(Limits limits) {
    this.limits = limits;
  }

  void beginHead() {
    begin(Limit.HEADER_SIZE, Limit.HEADER_COUNT);
  }

  void beginTrailers() {
    begin(Limit.TRAILER_SIZE, Limit.TRAILER_SIZE);
  }

  private void begin(Limit size, Limit count) {
    sizeLimit = size;
    countLimit = count;
    lineRoom = limits.maxRequestLineBytes();
    fieldRoom = limits.maxHeaderBytes();
    fields = 0;
    crumbs = 0;
    refusal = null;
  }

  /** Why the last {@link #take} was refused, or null. */
  @Nullable HttpException refusal() {
    return refusal;
  }

  /** The longest name that could still be taken. */
  int roomForName() {
    return Math.max(lineRoom, fieldRoom);
  }

  /** The longest value that could still be taken with this name; negative if there is none. */
  int roomForValue(String name) {
    return isControlData(name) ? lineRoom - 1 : fieldRoom - overhead(name);
  }

  /** Counts a field; false if it is one too many, or too large. */
  boolean take(String name, int valueLength) {
    int room = roomForValue(name) - valueLength;
    if (room < 0) {
      tooLarge(name);
      return false;
    }
    if (isControlData(name)) {
      lineRoom = room;
      return true;
    }
    fieldRoom = room;
    if (isCookie(name) && ++crumbs > 1) {
      if (crumbs > MAX_CRUMBS) {
        refuse(431, countLimit, "more than " + MAX_CRUMBS + " Cookie fields");
        return false;
      }
    } else if (++fields > limits.maxHeaderCount()) {
      refuse(431, countLimit, "more than " + limits.maxHeaderCount() + " fields");
      return false;
    }
    return true;
  }

  /** A field whose name, or null, or whose value had more octets than there was room for. */
  void tooLarge(@Nullable String name) {
    if (name != null && isControlData(name)) {
      String bound = "request line longer than " + limits.maxRequestLineBytes() + " bytes";
      refuse(414, Limit.REQUEST_LINE_SIZE, bound);
    } else {
      refuse(431, sizeLimit, "fields larger than " + limits.maxHeaderBytes() + " bytes");
    }
  }

  private void refuse(int status, Limit limit, String message) {
    refusal = HttpException.limit(status, limit, message);
  }

  private int overhead(String name) {
    if (crumbs > 0 && isCookie(name)) {
      return CRUMB_OVERHEAD;
    }
    boolean isHost = isPseudo(name) && name.equals(":authority");
    return LINE_OVERHEAD + (isHost ? "Host".length() : name.length());
  }

  private static boolean isCookie(String name) {
    return name.equals("cookie");
  }

  private static boolean isPseudo(String name) {
    return !name.isEmpty() && name.charAt(0) == ':';
  }

  private static boolean isControlData(String name) {
    return isPseudo(name)
        && (name.equals(":path") || name.equals(":method") || name.equals(":scheme"));
  }
}
