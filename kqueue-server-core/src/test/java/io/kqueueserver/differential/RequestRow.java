package io.kqueueserver.differential;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;

/**
 * One row of {@code requests.tsv}: group, name, the reading of this server, and the octets. An
 * octet is an ASCII character, {@code \r}, {@code \n}, {@code \t}, {@code \\} or {@code \xHH};
 * <code>\{N:text}</code> repeats the text.
 *
 * @param expected the form is that of {@link Reading}
 */
public record RequestRow(String group, String name, String expected, String wire) {
  /** Two requests behind each row. Servers that read the row alike answer both alike. */
  private static final String MARKERS =
      "GET /marker HTTP/1.1\r\nHost: marker\r\n\r\n"
          + "GET /last HTTP/1.1\r\nHost: marker\r\nConnection: close\r\n\r\n";

  /** All rows, in the order of the table. */
  public static List<RequestRow> all() {
    InputStream table = RequestRow.class.getResourceAsStream("requests.tsv");
    Objects.requireNonNull(table, "requests.tsv");
    try (var in = new BufferedReader(new InputStreamReader(table, StandardCharsets.US_ASCII))) {
      return in.lines().filter(line -> !line.startsWith("#")).map(RequestRow::of).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static RequestRow of(String line) {
    String[] columns = line.split("\t", -1);
    if (columns.length != 4) {
      throw new IllegalArgumentException("not four columns: " + line);
    }
    return new RequestRow(columns[0], columns[1], columns[2], columns[3]);
  }

  /** The row and the two requests behind it. */
  byte[] octets() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    unescape(wire, out);
    out.writeBytes(MARKERS.getBytes(StandardCharsets.US_ASCII));
    return out.toByteArray();
  }

  private static void unescape(String text, ByteArrayOutputStream out) {
    int at = 0;
    while (at < text.length()) {
      char c = text.charAt(at++);
      if (c != '\\') {
        out.write(c);
        continue;
      }
      char escape = text.charAt(at++);
      switch (escape) {
        case 'r' -> out.write('\r');
        case 'n' -> out.write('\n');
        case 't' -> out.write('\t');
        case '\\' -> out.write('\\');
        case 'x' -> {
          out.write(Integer.parseInt(text, at, at + 2, 16));
          at += 2;
        }
        case '{' -> {
          int end = text.indexOf('}', at);
          int colon = text.indexOf(':', at);
          int times = Integer.parseInt(text, at, colon, 10);
          unescape(text.substring(colon + 1, end).repeat(times), out);
          at = end + 1;
        }
        default -> throw new IllegalArgumentException("\\" + escape + " in: " + text);
      }
    }
  }

  @Override
  public String toString() {
    return group + ": " + name;
  }
}
