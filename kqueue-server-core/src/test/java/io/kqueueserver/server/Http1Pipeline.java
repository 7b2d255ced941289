package io.kqueueserver.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Requests to the handlers of {@link Http1ConnectionFuzzTest}, one behind another, and what must
 * come back. The last one may be changed at one octet: its answer is not checked, but those before
 * it are.
 */
final class Http1Pipeline {
  private static final int MOST = 10;
  private static final int[] SIZES = {0, 1, 10, 1_000, 16_384, 40_000};
  private static final String SPICE = "\r\n :;,\0Z09\u00ff";

  /**
   * One whole answer.
   *
   * @param body null for HEAD
   * @param mayClose whether the answer may begin before it is known that the body comes to an end
   */
  @SuppressWarnings("ArrayRecordComponent") // answers are never compared
  private record Answer(int number, byte[] body, boolean mayClose) {}

  private final Random random;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final List<Answer> answers = new ArrayList<>();
  private final List<String> lines = new ArrayList<>();
  private final boolean isWhole;
  private final byte[] octets;

  Http1Pipeline(Random random) {
    this.random = random;
    int requests = 1 + random.nextInt(MOST);
    isWhole = random.nextInt(3) > 0;
    int last = 0;
    for (int i = 0; i < requests; i++) {
      last = out.size();
      add(i);
    }
    byte[] wire = out.toByteArray();
    if (!isWhole) {
      answers.remove(answers.size() - 1);
      wire = change(wire, last + random.nextInt(wire.length - last));
    }
    octets = wire;
  }

  byte[] octets() {
    return octets;
  }

  @Override
  public String toString() {
    return lines + (isWhole ? "" : ", the last one changed");
  }

  /** The body of that length that a handler sends. */
  static byte[] body(int length) {
    byte[] body = new byte[length];
    for (int i = 0; i < length; i++) {
      body[i] = (byte) ('a' + i % 23);
    }
    return body;
  }

  private void add(int number) {
    switch (random.nextInt(8)) {
      case 0 -> simple("GET", "/short", number, body(5));
      case 1 -> simple("HEAD", "/short", number, null);
      case 2 -> simple("GET", "/long", number, body(60_000));
      case 3 -> simple("GET", "/later", number, body(7));
      case 4 -> withBody("/short", number, random.nextBoolean(), body(5));
      case 5 -> withBody("/later", number, random.nextBoolean(), body(7));
      case 6 -> withBody("/collect", number, random.nextBoolean(), null);
      default -> withBody("/echo", number, random.nextBoolean(), null);
    }
  }

  private void simple(String method, String path, int number, byte[] answer) {
    lines.add(method + " " + path);
    put(method + " " + path + "?" + number + " HTTP/1.1\r\nHost: x\r\n\r\n");
    answers.add(new Answer(number, answer, false));
  }

  private void withBody(String path, int number, boolean chunked, byte[] answer) {
    byte[] body = new byte[SIZES[random.nextInt(SIZES.length)]];
    random.nextBytes(body);
    String expect = answer == null && random.nextInt(4) == 0 ? "Expect: 100-continue\r\n" : "";
    lines.add(path + (chunked ? " chunks " : " ") + body.length + " " + expect.strip());
    boolean isEarly = chunked || !expect.isEmpty();
    put("POST " + path + "?" + number + " HTTP/1.1\r\nHost: x\r\n" + expect);
    if (chunked) {
      put("Transfer-Encoding: chunked\r\n\r\n");
      chunks(body);
    } else {
      put("Content-Length: " + body.length + "\r\n\r\n");
      out.writeBytes(body);
    }
    answers.add(new Answer(number, answer == null ? body : answer, isEarly));
  }

  private void chunks(byte[] body) {
    int at = 0;
    while (at < body.length) {
      int size = 1 + random.nextInt(random.nextBoolean() ? 10 : 9_000);
      size = Math.min(size, body.length - at);
      put(Integer.toHexString(size) + (random.nextInt(5) == 0 ? ";a=\"b\"" : "") + "\r\n");
      out.write(body, at, size);
      put("\r\n");
      at += size;
    }
    put("0\r\n" + (random.nextBoolean() ? "A: b\r\n" : "") + "\r\n");
  }

  private void put(String text) {
    out.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  private byte[] change(byte[] wire, int at) {
    byte spice = (byte) SPICE.charAt(random.nextInt(SPICE.length()));
    switch (random.nextInt(3)) {
      case 0 -> wire[at] = spice;
      case 1 -> {
        byte[] longer = Arrays.copyOf(wire, wire.length + 1);
        System.arraycopy(wire, at, longer, at + 1, wire.length - at);
        longer[at] = spice;
        return longer;
      }
      default -> {
        return Arrays.copyOf(wire, at + 1);
      }
    }
    return wire;
  }

  /** Checks what came back, and returns how many answers were right. */
  int check(byte[] all) {
    ByteArrayInputStream in = new ByteArrayInputStream(all);
    int right = 0;
    boolean closes = false;
    for (int i = 0; i < answers.size() && !closes; i++) {
      Answer answer = answers.get(i);
      String head = head(in);
      assertThat(head).as("answer %d", answer.number).startsWith("HTTP/1.1 200 ");
      assertThat(head).contains("\r\nN: " + answer.number + "\r\n");
      if (answer.body != null) {
        assertThat(body(head, in)).as("body %d", answer.number).isEqualTo(answer.body);
      }
      closes = head.contains("\r\nConnection: close\r\n");
      assertThat(closes && !answer.mayClose).as("close of %d", answer.number).isFalse();
      right++;
    }
    if (isWhole || closes) {
      assertThat(in.available()).as("octets behind the last answer").isZero();
    } else if (in.available() > 0) {
      String rest = new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
      assertThat(rest).startsWith("HTTP/1.1 ");
    }
    return right;
  }

  /** The head of the next final answer. */
  private static String head(ByteArrayInputStream in) {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int c = in.read();
      assertThat(c).as("end behind '%s'", head).isNotNegative();
      head.append((char) c);
    }
    return head.indexOf("HTTP/1.1 100 ") == 0 ? head(in) : head.toString();
  }

  private static byte[] body(String head, ByteArrayInputStream in) {
    int at = head.indexOf("Content-Length: ");
    if (at >= 0) {
      int end = head.indexOf("\r\n", at);
      return some(in, Integer.parseInt(head, at + 16, end, 10));
    }
    assertThat(head).containsIgnoringCase("transfer-encoding: chunked");
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    while (true) {
      int size = Integer.parseInt(line(in), 16);
      if (size == 0) {
        for (String trailer = line(in); !trailer.isEmpty(); trailer = line(in)) {
          assertThat(trailer).isEqualTo("x: y");
        }
        return body.toByteArray();
      }
      body.writeBytes(some(in, size));
      assertThat(line(in)).isEmpty();
    }
  }

  private static byte[] some(ByteArrayInputStream in, int length) {
    byte[] octets = new byte[length];
    assertThat(in.readNBytes(octets, 0, length)).as("octets of a body").isEqualTo(length);
    return octets;
  }

  private static String line(ByteArrayInputStream in) {
    StringBuilder line = new StringBuilder();
    while (line.indexOf("\r\n") < 0) {
      int c = in.read();
      assertThat(c).as("end behind '%s'", line).isNotNegative();
      line.append((char) c);
    }
    return line.substring(0, line.length() - 2);
  }
}
