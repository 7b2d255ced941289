package io.kqueueserver.server;

import io.kqueueserver.http.HeaderSource;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes heads and frames to a logger, in OkHttp's columns: direction, stream, length, type, flags.
 * Values of credentials show as their length, and so does every query, in a target or in the value
 * of a field. Bodies do not show. Characters that are not printable ASCII are escaped, so that no
 * client can forge a line.
 *
 * <pre>
 * fd 12 &lt;&lt; 0x00000000     - HEADERS       GET /cart?…(9 bytes) HTTP/1.1
 *     Host: shop.example
 *     Cookie: …(32 bytes)
 * </pre>
 */
public final class WireLog implements WireListener {
  /** Name of the logger. Lines are logged at INFO. */
  public static final String LOGGER = "kqueue.server.wire-log";

  private static final Logger log = LoggerFactory.getLogger(LOGGER);

  private final WireLogOptions options;

  private WireLog(WireLogOptions options) {
    this.options = options;
  }

  /** Makes the log. Null if the log is off, so that a connection pays one check of a field. */
  public static @Nullable WireListener of(WireLogOptions options) {
    return options.enabled() ? new WireLog(options) : null;
  }

  /** Logs a warning if the log is on. */
  public static void announce(String server, WireLogOptions options) {
    if (options.enabled()) {
      log.warn(
          "{}: wire-log is on. Heads of all requests and responses are logged, with paths and what"
              + " their fields hold besides credentials. It is for diagnosis, and slow",
          server);
    }
  }

  @Override
  public void row(
      int fd,
      int stream,
      Direction direction,
      String type,
      long length,
      String detail,
      HeaderSource fields) {
    if (!log.isInfoEnabled()) {
      return;
    }
    StringBuilder out = new StringBuilder(128);
    String arrows = direction == Direction.IN ? "<<" : ">>";
    String size = length == NO_PAYLOAD ? "-" : Long.toString(length);
    out.append(
        String.format(Locale.ROOT, "fd %d %s 0x%08x %5s %-13s ", fd, arrows, stream, size, type));
    target(out, detail);
    out.setLength(out.toString().stripTrailing().length());
    fields.writeTo((name, value) -> field(out, name, value));
    log.info("{}", out);
  }

  private void field(StringBuilder out, String name, String value) {
    out.append("\n    ");
    escape(out, name);
    out.append(": ");
    if (options.masks(name)) {
      masked(out, value.length());
    } else {
      query(out, value);
    }
  }

  /** Appends a start line. The query of its target, up to the next space, is masked. */
  private static void target(StringBuilder out, String line) {
    int end = line.lastIndexOf(' ');
    int query = line.indexOf('?');
    if (query >= 0 && end > query) {
      query(out, line.substring(0, end));
      escape(out, line.substring(end));
    } else {
      query(out, line);
    }
  }

  private static void query(StringBuilder out, String value) {
    int query = value.indexOf('?');
    if (query < 0) {
      escape(out, value);
    } else {
      escape(out, value.substring(0, query));
      masked(out.append('?'), value.length() - query - 1);
    }
  }

  private static void masked(StringBuilder out, int bytes) {
    out.append("…(").append(bytes).append(" bytes)");
  }

  private static void escape(StringBuilder out, String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\') {
        out.append("\\\\");
      } else if (c >= ' ' && c <= '~') {
        out.append(c);
      } else if (c <= 0xFF) {
        out.append(String.format(Locale.ROOT, "\\x%02x", (int) c));
      } else {
        out.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
      }
    }
  }
}
