package io.kqueueserver.spring.accesslog;

import io.kqueueserver.ip.IpText;
import io.kqueueserver.spring.InvalidSettingException;
import io.kqueueserver.spring.accesslog.AccessPattern.Part;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** Parses a pattern of literal text and Tomcat's letters. */
final class PatternParser {
  private static final String LETTERS =
      "%a %A %b %B %D %F %h %H %I %l %m %p %q %r %s %S %t %T %u %U %v %X %%,"
          + " %{name}i %{name}o %{name}c %{format}t %{local|remote}p %{s|ms|us|fracsec}T"
          + " %{remote|peer|c}a %{H2_STREAM_ID}e %{trace_id}e %{parent_id}e";

  /** Apache httpd's name: its mod_http2 puts the number of a stream in this variable. */
  private static final String STREAM_ID = "H2_STREAM_ID";

  private static final Part DASH = (line, record) -> line.append('-');

  private final String pattern;
  private final ClientAddress client;
  private final List<Part> parts = new ArrayList<>();
  private final List<String> responseFields = new ArrayList<>();
  private boolean needsRemote;
  private boolean needsLocal;

  PatternParser(String pattern, ClientAddress client) {
    this.pattern = pattern;
    this.client = client;
  }

  AccessPattern parse() {
    int at = 0;
    while (at < pattern.length()) {
      int percent = pattern.indexOf('%', at);
      int literalEnd = percent < 0 ? pattern.length() : percent;
      if (literalEnd > at) {
        String literal = literal(at, literalEnd);
        parts.add((line, record) -> line.append(literal));
      }
      at = percent < 0 ? pattern.length() : directive(percent);
    }
    return new AccessPattern(parts, needsRemote, needsLocal, responseFields);
  }

  private String literal(int from, int to) {
    String text = pattern.substring(from, to);
    if (text.chars().anyMatch(c -> c < ' ' || c >= 0x7f)) {
      throw refused(from, "text that is not printable ASCII");
    }
    return text;
  }

  /** Parses the directive that begins at the percent sign. Returns the index after its end. */
  private int directive(int percent) {
    int at = percent + 1;
    if (at < pattern.length() && pattern.charAt(at) == '{') {
      int brace = pattern.indexOf('}', at);
      if (brace < 0 || brace + 1 == pattern.length()) {
        throw refused(percent, "'" + pattern.substring(percent) + "', which does not end");
      }
      String name = pattern.substring(at + 1, brace);
      char letter = pattern.charAt(brace + 1);
      String whole = pattern.substring(percent, brace + 2);
      parts.add(named(name, letter, percent, whole));
      return brace + 2;
    }
    if (at == pattern.length()) {
      throw refused(percent, "a '%' that nothing follows");
    }
    parts.add(plain(pattern.charAt(at), percent));
    return at + 1;
  }

  private Part plain(char letter, int at) {
    return switch (letter) {
      case 'a', 'h' -> remote(IpText::host);
      case 'A' -> local(IpText::host);
      case 'b' ->
          (line, record) -> {
            if (record.bytes() == 0) {
              line.append('-');
            } else {
              line.append(record.bytes());
            }
          };
      case 'B' -> number(AccessRecord::bytes);
      case 'D' -> number(record -> TimeUnit.NANOSECONDS.toMicros(record.durationNanos()));
      case 'F' ->
          number(
              record ->
                  record.respondedNanos() < 0
                      ? -1
                      : TimeUnit.NANOSECONDS.toMillis(record.respondedNanos()));
      case 'H' -> text(AccessRecord::protocol);
      case 'I' -> text(AccessRecord::loop);
      // The server does not query identd, and only the application knows sessions and users.
      case 'l', 'u', 'S' -> DASH;
      case 'm' -> text(AccessRecord::method);
      case 'p' -> local(address -> Integer.toString(address.getPort()));
      case 'q' -> (line, record) -> Escapes.text(line, record.query());
      case 'r' -> text(AccessRecord::line);
      case 's' ->
          (line, record) -> {
            if (record.status() == 0) {
              line.append('-');
            } else {
              line.append(record.status());
            }
          };
      case 't' -> TimeFormat.common();
      case 'T' -> number(record -> TimeUnit.NANOSECONDS.toSeconds(record.durationNanos()));
      case 'U' -> text(AccessRecord::path);
      case 'v' -> text(PatternParser::serverName);
      case 'X' -> (line, record) -> line.append(record.fate());
      case '%' -> (line, record) -> line.append('%');
      default -> throw refused(at, "'%" + letter + "'");
    };
  }

  private Part named(String name, char letter, int at, String whole) {
    if (name.isBlank()) {
      throw refused(at, "'" + whole + "' without a name");
    }
    return switch (letter) {
      case 'i' -> text(record -> record.requestField(name));
      case 'o' -> {
        int index = responseFields.size();
        responseFields.add(name);
        yield text(record -> record.responseFields().get(index));
      }
      case 'c' -> text(record -> cookie(record.requestField("Cookie"), name));
      case 't' -> time(name, at, whole);
      case 'e' ->
          switch (name) {
            case STREAM_ID ->
                text(record -> record.hasStream() ? Long.toString(record.streamId()) : null);
            case "trace_id" -> trace(TraceParent::traceId);
            case "parent_id" -> trace(TraceParent::parentId);
            default -> throw refused(at, "'" + whole + "'");
          };
      case 'a' ->
          switch (name) {
            case "remote" -> remote(IpText::host);
            case "peer", "c" -> peer(IpText::host); // the names in Tomcat and in Apache httpd
            default -> throw refused(at, "'" + whole + "'");
          };
      case 'p' ->
          switch (name) {
            case "local" -> local(address -> Integer.toString(address.getPort()));
            case "remote" -> remote(PatternParser::port);
            default -> throw refused(at, "'" + whole + "'");
          };
      case 'T' ->
          switch (name) {
            case "s" -> plain('T', at);
            case "ms" -> number(record -> TimeUnit.NANOSECONDS.toMillis(record.durationNanos()));
            case "us" -> plain('D', at);
            case "fracsec" ->
                (line, record) -> {
                  long millis = TimeUnit.NANOSECONDS.toMillis(record.durationNanos());
                  line.append(millis / 1000).append('.');
                  line.append(Long.toString(1000 + millis % 1000), 1, 4);
                };
            default -> throw refused(at, "'" + whole + "'");
          };
      default -> throw refused(at, "'" + whole + "'");
    };
  }

  private Part time(String format, int at, String whole) {
    try {
      return TimeFormat.of(format);
    } catch (IllegalArgumentException e) {
      throw refused(at, "'" + whole + "', which is no format of a time (" + e.getMessage() + ")");
    }
  }

  private static Part trace(Function<TraceParent, String> id) {
    return text(
        record -> {
          TraceParent parent = TraceParent.parse(record.requestField(TraceParent.FIELD));
          return parent == null ? null : id.apply(parent);
        });
  }

  private Part remote(Function<InetSocketAddress, @Nullable String> part) {
    needsRemote = true;
    return text(
        record -> {
          InetSocketAddress address = client.of(record);
          return address == null ? null : part.apply(address);
        });
  }

  private Part peer(Function<InetSocketAddress, String> part) {
    needsRemote = true;
    return text(record -> record.remote() == null ? null : part.apply(record.remote()));
  }

  private Part local(Function<InetSocketAddress, String> part) {
    needsLocal = true;
    return text(record -> record.local() == null ? null : part.apply(record.local()));
  }

  private static Part number(ToLongFunction<AccessRecord> value) {
    return (line, record) -> line.append(value.applyAsLong(record));
  }

  /** A part that writes a text, or a dash if the text is null or empty. */
  private static Part text(Function<AccessRecord, @Nullable String> value) {
    return (line, record) -> {
      String text = value.apply(record);
      if (text == null || text.isEmpty()) {
        line.append('-');
      } else {
        Escapes.text(line, text);
      }
    };
  }

  private IllegalArgumentException refused(int at, String what) {
    return new InvalidSettingException(
        "kqueue.server.access-log.pattern",
        pattern,
        "common, combined, json, or text and " + LETTERS + "; it has " + what + " at index " + at);
  }

  /** The port, or null if it is unknown. Few proxies report it, and Unix sockets have none. */
  private static @Nullable String port(InetSocketAddress address) {
    return address.getPort() == 0 ? null : Integer.toString(address.getPort());
  }

  private static @Nullable String serverName(AccessRecord record) {
    if (record.request() == null) {
      return null;
    }
    String authority = record.request().authority();
    int colon = authority.lastIndexOf(':');
    return colon < 0 || authority.endsWith("]") ? authority : authority.substring(0, colon);
  }

  private static @Nullable String cookie(@Nullable String cookies, String name) {
    if (cookies == null) {
      return null;
    }
    for (String pair : cookies.split(";", -1)) {
      int equals = pair.indexOf('=');
      if (equals > 0 && pair.substring(0, equals).strip().equals(name)) {
        return pair.substring(equals + 1).strip();
      }
    }
    return null;
  }
}
