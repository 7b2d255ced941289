package io.kqueueserver.http.ws;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;

/** Data that compresses as the files of Autobahn's section 12 do, made anew and always the same. */
public enum SampleData {
  JSON(194_056),
  BITMAP(263_222),
  TEXT(222_218),
  HTML(263_527),
  PDF(1_042_328);

  /** A class of its own, as constants are made before the static fields of their enum. */
  private static final class Words {
    static final String[] ALL =
        ("Habe nun ach Philosophie Juristerei und Medizin und leider auch Theologie durchaus"
                + " studiert mit heißem Bemühn da steh ich nun ich armer Tor")
            .split(" ");
  }

  @SuppressWarnings("ImmutableEnumChecker") // not written after it was made
  private final byte[] bytes;

  SampleData(int size) {
    Random random = new Random(ordinal() + 1L);
    bytes =
        switch (ordinal()) {
          case 1 -> bitmap(random, size);
          case 4 -> documentOf(random, size);
          default -> text(random, size);
        };
  }

  private byte[] text(Random random, int size) {
    StringBuilder text = new StringBuilder(size + 200);
    for (int line = 0; text.length() < size; line++) {
      String word = Words.ALL[random.nextInt(Words.ALL.length)];
      switch (ordinal()) {
        case 0 ->
            text.append("{\"id\": ")
                .append(line)
                .append(", \"value\": ")
                .append(random.nextInt(1_000_000))
                .append(", \"name\": \"")
                .append(ascii(word))
                .append("\"},\n");
        case 2 -> text.append(word).append(line % 9 == 8 ? ",\n" : " ");
        default ->
            text.append("<tr class=\"row\"><td>")
                .append(line)
                .append("</td><td>")
                .append(ascii(word))
                .append("</td></tr>\n");
      }
    }
    return Arrays.copyOf(text.toString().getBytes(StandardCharsets.UTF_8), size);
  }

  private static String ascii(String word) {
    return word.replaceAll("[^a-zA-Z]", "_");
  }

  /** A gradient with noise in the lowest bits. */
  private static byte[] bitmap(Random random, int size) {
    byte[] pixels = new byte[size];
    for (int i = 0; i < size; i++) {
      pixels[i] = (byte) ((i % 512) / 4 + i / 2048 + random.nextInt(3));
    }
    return pixels;
  }

  /** Streams that are compressed already, between objects of text. */
  private static byte[] documentOf(Random random, int size) {
    byte[] document = new byte[size];
    random.nextBytes(document);
    byte[] object =
        "\nendstream endobj\n/Type /Page /Parent 1 0 R\nstream\n"
            .getBytes(StandardCharsets.US_ASCII);
    for (int at = 0; at + object.length < size; at += 3_000) {
      System.arraycopy(object, 0, document, at, object.length);
    }
    return document;
  }

  byte[] bytes() {
    return bytes;
  }

  /** Whether its messages are text; the German one is binary for Autobahn. */
  public boolean isText() {
    return this == JSON || this == HTML;
  }
}
