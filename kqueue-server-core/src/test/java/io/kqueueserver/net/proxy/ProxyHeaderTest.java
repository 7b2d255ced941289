package io.kqueueserver.net.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ProxyHeaderTest {
  private static final String SIGNATURE = "0D0A0D0A000D0A515549540A";

  /** One row of the wire table; sections are those of proxy-protocol.txt. */
  record Row(String name, String section, String wire, String expected) {
    byte[] bytes() {
      return wire.getBytes(StandardCharsets.ISO_8859_1);
    }

    @Override
    public String toString() {
      return section + " " + name;
    }
  }

  static List<Row> headers() {
    return List.of(
        v1(
            "TCP4",
            "PROXY TCP4 203.0.113.7 10.0.0.1 56324 443\r\n",
            "203.0.113.7:56324 10.0.0.1:443"),
        v1(
            "TCP6",
            "PROXY TCP6 2001:db8::7 ::1 56324 443\r\n",
            "[2001:db8:0:0:0:0:0:7]:56324 [0:0:0:0:0:0:0:1]:443"),
        v1(
            "ports at their bounds",
            "PROXY TCP4 255.255.255.255 0.0.0.0 65535 0\r\n",
            "255.255.255.255:65535 0.0.0.0:0"),
        v1("UNKNOWN alone", "PROXY UNKNOWN\r\n", "nameless"),
        v1(
            "UNKNOWN with what is to be ignored",
            "PROXY UNKNOWN ffff::1 whatever 1\r\n",
            "nameless"),
        v1("the longest line", "PROXY UNKNOWN " + "f".repeat(91) + "\r\n", "nameless"),
        v2("LOCAL", "20 00 0000", "own"),
        v2("LOCAL whose family is nonsense", "20 99 0002 AABB", "own"),
        v2("UNSPEC", "21 00 0000", "nameless"),
        v2("UNSPEC with bytes to skip", "21 00 0003 AABBCC", "nameless"),
        v2(
            "TCP over IPv4",
            "21 11 000C CB007107 0A000001 DC04 01BB",
            "203.0.113.7:56324 10.0.0.1:443"),
        v2(
            "TCP over IPv6",
            "21 21 0024 20010db8000000000000000000000007 00000000000000000000000000000001 DC04 01BB",
            "[2001:db8:0:0:0:0:0:7]:56324 [0:0:0:0:0:0:0:1]:443"),
        v2(
            "TLVs behind the addresses",
            "21 11 0013 CB007107 0A000001 DC04 01BB 04 0004 00000000",
            "203.0.113.7:56324 10.0.0.1:443"),
        v2("UDP is not how we were called", "21 12 000C CB007107 0A000001 DC04 01BB", "nameless"),
        v2("UDP over IPv6", "21 22 0024 " + "00".repeat(36), "nameless"),
        v2("UNIX stream", "21 31 00D8 " + "00".repeat(216), "nameless"),
        v2("UNIX datagram", "21 32 00D8 " + "00".repeat(216), "nameless"),
        v2(
            "the longest we take",
            "21 11 07F0 CB007107 0A000001 DC04 01BB " + "00".repeat(2032 - 12),
            "203.0.113.7:56324 10.0.0.1:443"));
  }

  static List<Row> malformed() {
    return List.of(
        v1("an IPv6 address called TCP4", "PROXY TCP4 ::1 ::1 1 2\r\n", ""),
        v1("an IPv4 address called TCP6", "PROXY TCP6 10.0.0.1 10.0.0.1 1 2\r\n", ""),
        v1("two spaces", "PROXY TCP4  10.0.0.1 10.0.0.1 1 2\r\n", ""),
        v1("a space at the end", "PROXY TCP4 10.0.0.1 10.0.0.1 1 2 \r\n", ""),
        v1("a word too few", "PROXY TCP4 10.0.0.1 10.0.0.1 1\r\n", ""),
        v1("a name", "PROXY TCP4 localhost 10.0.0.1 1 2\r\n", ""),
        v1("leading zeros in an address", "PROXY TCP4 010.0.0.1 10.0.0.1 1 2\r\n", ""),
        v1("leading zeros in a port", "PROXY TCP4 10.0.0.1 10.0.0.1 01 2\r\n", ""),
        v1("a port too large", "PROXY TCP4 10.0.0.1 10.0.0.1 65536 2\r\n", ""),
        v1("a signed port", "PROXY TCP4 10.0.0.1 10.0.0.1 -1 2\r\n", ""),
        v1("LF alone within", "PROXY TCP4 10.0.0.1 10.0.0.1 1 2\nGET / HTTP/1.1\r\n", ""),
        v1("UNKNOWN and more without a space", "PROXY UNKNOWNS\r\n", ""),
        v1("no line end", "PROXY TCP4 " + "1".repeat(96), ""),
        v1("a line too long", "PROXY UNKNOWN " + "f".repeat(92) + "\r\n", ""),
        v2("version 1 in binary", "11 11 000C CB007107 0A000001 DC04 01BB", ""),
        v2("an unknown command", "22 11 000C CB007107 0A000001 DC04 01BB", ""),
        v2("an unassigned family", "21 41 000C CB007107 0A000001 DC04 01BB", ""),
        v2("an unassigned protocol", "21 13 000C CB007107 0A000001 DC04 01BB", ""),
        v2("too short for IPv4", "21 11 000B CB007107 0A000001 DC04 01", ""),
        v2("too short for IPv6", "21 21 0023 " + "00".repeat(35), ""),
        v2("too short for UNIX", "21 31 00D7 " + "00".repeat(215), ""),
        v2("too long", "21 11 07F1 CB007107", ""));
  }

  static Stream<String> absent() {
    return Stream.of(
        "GET / HTTP/1.1\r\n",
        "POST / HTTP/1.1\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "PROXY / HTTP/1.1\r\n",
        "PROXY TCP5 ",
        "proxy TCP4 ",
        "PROXY  TCP4",
        "\u0016\u0003\u0001", // a ClientHello
        "\r\n\r\nGET / HTTP/1.1",
        "\r\n\r\n\0\r\nQUIT\r");
  }

  private static Row v1(String name, String wire, String expected) {
    return new Row(name, "2.1", wire, expected);
  }

  private static Row v2(String name, String hex, String expected) {
    byte[] bytes = HexFormat.of().parseHex(SIGNATURE + hex.replace(" ", ""));
    return new Row(name, "2.2", new String(bytes, StandardCharsets.ISO_8859_1), expected);
  }

  @ParameterizedTest
  @MethodSource("headers")
  void aHeaderIsReadHoweverItComes(Row row) {
    byte[] bytes = row.bytes();
    for (int n = 0; n < bytes.length; n++) {
      assertThat(ProxyHeader.parse(bytes, n))
          .as("%d bytes", n)
          .isInstanceOf(ProxyHeader.Incomplete.class);
    }
    assertThat(shown(ProxyHeader.parse(bytes, bytes.length)))
        .isEqualTo(bytes.length + " " + row.expected());
  }

  @ParameterizedTest
  @MethodSource("headers")
  void whatComesBehindIsLeftToTheClient(Row row) {
    byte[] bytes =
        concat(row.bytes(), "GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    for (int n = row.bytes().length; n <= bytes.length; n++) {
      assertThat(shown(ProxyHeader.parse(bytes, n)))
          .isEqualTo(row.bytes().length + " " + row.expected());
    }
  }

  @ParameterizedTest
  @MethodSource("malformed")
  void aMalformedHeaderIsSeenAtSomeByteAndStaysSo(Row row) {
    byte[] bytes = row.bytes();
    boolean seen = false;
    for (int n = 0; n <= bytes.length; n++) {
      ProxyHeader header = ProxyHeader.parse(bytes, n);
      assertThat(header)
          .as("%d bytes", n)
          .isInstanceOf(seen ? ProxyHeader.Malformed.class : ProxyHeader.class)
          .isNotInstanceOf(ProxyHeader.Absent.class)
          .isNotInstanceOf(ProxyHeader.Complete.class);
      seen = header instanceof ProxyHeader.Malformed;
    }
    assertThat(seen).isTrue();
  }

  @ParameterizedTest
  @MethodSource("absent")
  void whatCannotBeAHeaderIsKnownAtTheFirstByteThatTells(String wire) {
    byte[] bytes = wire.getBytes(StandardCharsets.ISO_8859_1);
    boolean seen = false;
    for (int n = 0; n <= bytes.length; n++) {
      ProxyHeader header = ProxyHeader.parse(bytes, n);
      assertThat(header)
          .isInstanceOf(seen ? ProxyHeader.Absent.class : ProxyHeader.class)
          .isNotInstanceOf(ProxyHeader.Malformed.class)
          .isNotInstanceOf(ProxyHeader.Complete.class);
      seen = header instanceof ProxyHeader.Absent;
    }
    assertThat(seen).isTrue();
  }

  @Test
  void nothingEscapesWhateverIsSent() {
    Random random = new Random(5); // the same every time
    List<Row> rows = headers();
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = rows.get(random.nextInt(rows.size())).bytes();
      for (int n = 1 + random.nextInt(3); n > 0; n--) {
        bytes[random.nextInt(Math.min(60, bytes.length))] = (byte) random.nextInt(256);
      }
      int length = random.nextInt(bytes.length + 1);
      if (ProxyHeader.parse(bytes, length) instanceof ProxyHeader.Complete complete) {
        assertThat(complete.length()).isBetween(15, length);
      }
    }
  }

  private static byte[] concat(byte[] first, byte[] second) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.writeBytes(first);
    all.writeBytes(second);
    return all.toByteArray();
  }

  private static String shown(ProxyHeader header) {
    if (!(header instanceof ProxyHeader.Complete complete)) {
      return header.toString();
    }
    InetSocketAddress source = complete.source();
    InetSocketAddress destination = complete.destination();
    return complete.length()
        + " "
        + (source == null || destination == null
            ? complete.hidesClient() ? "nameless" : "own"
            : shown(source) + " " + shown(destination));
  }

  private static String shown(InetSocketAddress address) {
    String host = address.getAddress().getHostAddress();
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
  }
}
