package io.kqueueserver.net.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.net.tls.ClientHelloPeek.Verdict;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every row is read whole, one byte at a time, and again in records of every small size. */
class ClientHelloParserTest {
  private static final byte[] NO_EXTENSION = {};

  /**
   * The bytes of a first flight, one a char, and what is to be seen in them.
   *
   * @param expected a {@link ClientHello} or a verdict
   */
  private record Row(String name, String message, ClientHelloPeek expected) {
    byte[] bytes() {
      return message.getBytes(StandardCharsets.ISO_8859_1);
    }

    @Override
    public String toString() {
      return name;
    }
  }

  /** The first flights of all rows that are not long. */
  static List<byte[]> wires() {
    return rows().stream().map(Row::bytes).filter(bytes -> bytes.length < 400).toList();
  }

  private static Row row(String name, byte[] message, ClientHelloPeek expected) {
    return new Row(name, new String(message, StandardCharsets.ISO_8859_1), expected);
  }

  private static List<Row> rows() {
    return List.of(
        row("without extensions", hello(null), new ClientHello(null, List.of())),
        row(
            "with an empty list of extensions",
            hello(NO_EXTENSION),
            new ClientHello(null, List.of())),
        row(
            "a server name",
            hello(sni("shop.example")),
            new ClientHello("shop.example", List.of())),
        row(
            "a server name in capitals with a dot",
            hello(sni("Shop.EXAMPLE.")),
            new ClientHello("shop.example", List.of())),
        row(
            "an address as name is taken as it is",
            hello(sni("127.0.0.1")),
            new ClientHello("127.0.0.1", List.of())),
        row("no host can be called that", hello(sni("a b")), new ClientHello(null, List.of())),
        row("nor that", hello(sni("x".repeat(256))), new ClientHello(null, List.of())),
        row(
            "alpn",
            hello(extension(16, vector(2, cat(vector(1, "h2"), vector(1, "http/1.1"))))),
            new ClientHello(null, List.of("h2", "http/1.1"))),
        row(
            "both among others",
            hello(
                cat(
                    extension(0x2a2a, new byte[] {0}),
                    extension(16, vector(2, vector(1, "h2"))),
                    sni("a.b"),
                    extension(43, new byte[] {2, 3, 4}))),
            new ClientHello("a.b", List.of("h2"))),
        row(
            "a name of unknown type before the host",
            hello(extension(0, vector(2, cat(new byte[] {7}, vector(2, "?"), host("a.b"))))),
            new ClientHello("a.b", List.of())),
        row("an empty host name", hello(sni("")), Verdict.MALFORMED),
        row(
            "two host names",
            hello(extension(0, vector(2, cat(host("a"), host("b"))))),
            Verdict.MALFORMED),
        row("an extension twice", hello(cat(sni("a.b"), sni("c.d"))), Verdict.MALFORMED),
        row(
            "an empty application protocol",
            hello(extension(16, vector(2, vector(1, "")))),
            Verdict.MALFORMED),
        row(
            "a list longer than its extension",
            hello(extension(0, new byte[] {0, 9, 0, 0, 1, 'a'})),
            Verdict.MALFORMED),
        row(
            "a name longer than its list",
            hello(extension(0, new byte[] {0, 4, 0, 0, 9, 'a'})),
            Verdict.MALFORMED),
        row(
            "an extension longer than the message",
            hello(new byte[] {0, 0, 0x7f, (byte) 0xff, 1}),
            Verdict.MALFORMED),
        row("half an extension", hello(new byte[] {0}), Verdict.MALFORMED),
        row(
            "bytes after the extensions",
            handshake(1, cat(start(0, 2), vector(2, NO_EXTENSION), new byte[] {1})),
            Verdict.MALFORMED),
        row("a session id of 33 bytes", handshake(1, start(33, 2)), Verdict.MALFORMED),
        row("no cipher", handshake(1, start(0, 0)), Verdict.MALFORMED),
        row("half a cipher", handshake(1, start(0, 3)), Verdict.MALFORMED),
        row("nothing in the message", handshake(1, new byte[0]), Verdict.MALFORMED),
        row("a server hello", handshake(2, start(0, 2)), Verdict.MALFORMED),
        row(
            "longer than any",
            new byte[] {1, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0},
            Verdict.TOO_LARGE),
        row(
            "just too long",
            handshake(1, new byte[ClientHelloParser.MAX_BYTES - 3]),
            Verdict.TOO_LARGE));
  }

  @ParameterizedTest
  @MethodSource("rows")
  void seesTheSameHoweverTheMessageIsSplit(Row row) {
    byte[] whole = records(row.bytes(), Integer.MAX_VALUE);
    assertThat(peek(whole)).isEqualTo(row.expected());

    for (int size : new int[] {1, 2, 3, 4, 5, 7, 64}) {
      ClientHelloPeek split = peek(records(row.bytes(), size));
      assertThat(split).as("in records of %d", size).isIn(row.expected(), Verdict.TOO_LARGE);
      if (row.bytes().length * 6 / size < ClientHelloParser.MAX_BYTES / 2) {
        assertThat(split).as("in records of %d", size).isEqualTo(row.expected());
      }
    }
    for (int i = 0; i < Math.min(whole.length, 600); i++) {
      assertThat(peek(Arrays.copyOf(whole, i)))
          .as("the first %d bytes", i)
          .isIn(Verdict.NEED_MORE, row.expected());
    }
    assertThat(peek(cat(whole, new byte[] {22, 3, 1})))
        .as("with bytes after it")
        .isEqualTo(row.expected());
  }

  @Test
  void seesWhatTheJdkSays() throws Exception {
    SSLEngine client = SSLContext.getDefault().createSSLEngine("ignored", 1);
    client.setUseClientMode(true);
    SSLParameters parameters = client.getSSLParameters();
    parameters.setServerNames(List.of(new SNIHostName("www.Example.org")));
    parameters.setApplicationProtocols(new String[] {"h2", "http/1.1"});
    client.setSSLParameters(parameters);
    ByteBuffer wire = ByteBuffer.allocate(40_000);
    client.wrap(ByteBuffer.allocate(0), wire);

    assertThat(ClientHelloParser.peek(wire.flip()))
        .isEqualTo(new ClientHello("www.example.org", List.of("h2", "http/1.1")));
    assertThat(wire.position()).as("nothing is consumed").isZero();
  }

  @Test
  void tellsWhatIsNoTlsByItsFirstBytes() {
    assertThat(peek("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII)))
        .isEqualTo(Verdict.NOT_TLS);
    assertThat(peek(new byte[] {'G'})).isEqualTo(Verdict.NOT_TLS);
    assertThat(peek(new byte[] {(byte) 0x80, 0x2e, 1, 0, 2})).isEqualTo(Verdict.NOT_TLS);
    assertThat(peek(new byte[] {22, 2})).isEqualTo(Verdict.NOT_TLS);
    assertThat(peek(new byte[] {21, 3, 1, 0, 2, 2, 0})).isEqualTo(Verdict.NOT_TLS);
    assertThat(peek(new byte[0])).isEqualTo(Verdict.NEED_MORE);
  }

  @Test
  void refusesEmptyAndOversizeRecordsAndOthersInBetween() {
    assertThat(peek(new byte[] {22, 3, 1, 0, 0})).isEqualTo(Verdict.MALFORMED);
    assertThat(peek(new byte[] {22, 3, 1, 0x40, 1})).isEqualTo(Verdict.MALFORMED);
    assertThat(peek(new byte[] {22, 3, 1, 0, 1, 1, 23, 3, 3, 0, 1, 0}))
        .isEqualTo(Verdict.MALFORMED);
  }

  @Test
  void doesNotWaitForEverForTheEndOfManySmallRecords() {
    byte[] message = handshake(1, new byte[10_000]);
    byte[] begun = Arrays.copyOf(records(message, 1), ClientHelloParser.MAX_BYTES);

    assertThat(peek(begun)).isEqualTo(Verdict.TOO_LARGE);
  }

  @Test
  void noBytesMakeItThrow() {
    byte[] message = hello(cat(sni("a.b"), extension(16, vector(2, vector(1, "h2")))));
    Random random = new Random(5);
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = records(message, 1 + random.nextInt(90));
      for (int changes = random.nextInt(4); changes >= 0; changes--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      assertThat(peek(Arrays.copyOf(bytes, random.nextInt(bytes.length + 1)))).isNotNull();
    }
  }

  private static ClientHelloPeek peek(byte[] bytes) {
    return ClientHelloParser.peek(ByteBuffer.wrap(bytes));
  }

  /** A message whose extensions are these; null for a message that ends before them. */
  private static byte[] hello(byte[] extensions) {
    byte[] start = start(32, 4);
    return handshake(1, extensions == null ? start : cat(start, vector(2, extensions)));
  }

  private static byte[] start(int sessionId, int suites) {
    return cat(
        new byte[] {3, 3},
        new byte[32],
        vector(1, new byte[sessionId]),
        vector(2, new byte[suites]),
        vector(1, new byte[1]));
  }

  private static byte[] sni(String name) {
    return extension(0, vector(2, host(name)));
  }

  private static byte[] host(String name) {
    return cat(new byte[] {0}, vector(2, name));
  }

  private static byte[] extension(int type, byte[] data) {
    return cat(new byte[] {(byte) (type >> 8), (byte) type}, vector(2, data));
  }

  private static byte[] handshake(int type, byte[] body) {
    return cat(new byte[] {(byte) type}, vector(3, body));
  }

  private static byte[] vector(int lengthBytes, String text) {
    return vector(lengthBytes, text.getBytes(StandardCharsets.US_ASCII));
  }

  private static byte[] vector(int lengthBytes, byte[] data) {
    byte[] length = new byte[lengthBytes];
    for (int i = 0; i < lengthBytes; i++) {
      length[i] = (byte) (data.length >> (8 * (lengthBytes - 1 - i)));
    }
    return cat(length, data);
  }

  /** The message in records of so many bytes. */
  private static byte[] records(byte[] message, int size) {
    int most = Math.min(size, TlsRecords.MAX_PLAINTEXT);
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int at = 0; at < message.length; at += most) {
      byte[] part = Arrays.copyOfRange(message, at, Math.min(message.length, at + most));
      all.writeBytes(new byte[] {22, 3, 1});
      all.writeBytes(vector(2, part));
    }
    return all.toByteArray();
  }

  private static byte[] cat(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }
}
