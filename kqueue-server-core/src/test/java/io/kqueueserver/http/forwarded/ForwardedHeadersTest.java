package io.kqueueserver.http.forwarded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

import io.kqueueserver.http.Headers;
import io.kqueueserver.http.HttpException;
import io.kqueueserver.http.HttpVersion;
import io.kqueueserver.http.RequestHead;
import io.kqueueserver.ip.IpLiteral;
import io.kqueueserver.ip.IpRanges;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ForwardedHeadersTest {
  private static final IpRanges PRIVATE = IpRanges.of(IpRanges.PRIVATE);
  private static final ForwardedHeaders X =
      new ForwardedHeaders(ForwardedFormat.X_FORWARDED, PRIVATE);
  private static final ForwardedHeaders RFC =
      new ForwardedHeaders(ForwardedFormat.FORWARDED, PRIVATE);

  /** The proxy in front of us. */
  private static final InetSocketAddress PROXY = at("10.0.0.9", 40_000);

  /**
   * Fields after "name: value" lines, and what comes out: {@code scheme authority client:port
   * prefix}.
   */
  record Row(String name, ForwardedHeaders reader, String expected, List<String> fields) {
    @Override
    public String toString() {
      return name;
    }
  }

  static List<Row> rows() {
    return List.of(
        x(
            "the peer is the client's proxy",
            "http shop 203.0.113.7:0",
            "X-Forwarded-For: 203.0.113.7"),
        x("a port the proxy tells", "http shop 203.0.113.7:9", "X-Forwarded-For: 203.0.113.7:9"),
        x("IPv6 bare", "http shop 2001:db8::7:0", "X-Forwarded-For: 2001:db8::7"),
        x("IPv6 with port", "http shop 2001:db8::7:9", "X-Forwarded-For: [2001:db8::7]:9"),
        x("IPv6 in brackets", "http shop 2001:db8::7:0", "X-Forwarded-For: [2001:db8::7]"),
        x(
            "an IPv4-mapped client is IPv4",
            "http shop 203.0.113.7:0",
            "X-Forwarded-For: ::ffff:203.0.113.7"),
        x(
            "what the client invented is not reached",
            "http shop 203.0.113.7:0",
            "X-Forwarded-For: 1.2.3.4, 203.0.113.7"),
        x(
            "trusted hops are passed",
            "http shop 203.0.113.7:0",
            "X-Forwarded-For: 1.2.3.4, 203.0.113.7, 10.0.0.8,192.168.1.1"),
        x(
            "trusted IPv6 and mapped hops are passed",
            "http shop 203.0.113.7:0",
            "X-Forwarded-For: 203.0.113.7, fd00::1, ::ffff:10.0.0.1"),
        x(
            "all hops are trusted: the first",
            "http shop 10.0.0.1:0",
            "X-Forwarded-For: 10.0.0.1, 10.0.0.2"),
        x(
            "several lines are one list",
            "http shop 203.0.113.7:0",
            "X-Forwarded-For: 203.0.113.7",
            "x-forwarded-for: 10.0.0.8"),
        x(
            "empty values do not count",
            "http shop 203.0.113.7:0",
            "X-Forwarded-For: , 203.0.113.7,,"),
        x(
            "nonsense ends the way at the hop before",
            "http shop 10.0.0.8:0",
            "X-Forwarded-For: 203.0.113.7, evil, 10.0.0.8"),
        x("unknown", "http shop 10.0.0.9:40000", "X-Forwarded-For: unknown"),
        x("nginx on a Unix socket", "http shop 10.0.0.9:40000", "X-Forwarded-For: unix:"),
        x("octal is no address", "http shop 10.0.0.9:40000", "X-Forwarded-For: 010.0.0.1"),
        x(
            "a port too large is no hop",
            "http shop 10.0.0.9:40000",
            "X-Forwarded-For: 203.0.113.7:65536"),
        x(
            "a zone is no address",
            "http shop 10.0.0.9:40000",
            "X-Forwarded-For: 203.0.113.7, fe80::1%eth0"),
        x(
            "dots in a name are no path",
            "http shop 10.0.0.9:40000 /..a/.b",
            "X-Forwarded-Prefix: /..a/.b"),
        x("scheme", "https shop 10.0.0.9:40000", "X-Forwarded-Proto: https"),
        x("scheme in capitals", "https shop 10.0.0.9:40000", "X-Forwarded-Proto: HTTPS"),
        x("scheme of a WebSocket", "https shop 10.0.0.9:40000", "X-Forwarded-Proto: wss"),
        x("Ssl where Proto is absent", "https shop 10.0.0.9:40000", "X-Forwarded-Ssl: on"),
        x("Ssl off", "http shop 10.0.0.9:40000", "X-Forwarded-Ssl: off"),
        x(
            "Proto wins over Ssl",
            "http shop 10.0.0.9:40000",
            "X-Forwarded-Proto: http",
            "X-Forwarded-Ssl: on"),
        x("host", "http example.com 10.0.0.9:40000", "X-Forwarded-Host: example.com"),
        x(
            "host with port",
            "http example.com:8443 10.0.0.9:40000",
            "X-Forwarded-Host: example.com:8443"),
        x("IPv6 host", "http [::1]:8443 10.0.0.9:40000", "X-Forwarded-Host: [::1]:8443"),
        x("port alone", "http shop:8443 10.0.0.9:40000", "X-Forwarded-Port: 8443"),
        x(
            "port beats that of the host",
            "http example.com:443 10.0.0.9:40000",
            "X-Forwarded-Host: example.com:80",
            "X-Forwarded-Port: 443"),
        x(
            "port of an IPv6 host",
            "http [::1]:443 10.0.0.9:40000",
            "X-Forwarded-Host: [::1]",
            "X-Forwarded-Port: 443"),
        x("prefix", "http shop 10.0.0.9:40000 /a", "X-Forwarded-Prefix: /a/"),
        x("prefix of nothing", "http shop 10.0.0.9:40000", "X-Forwarded-Prefix: /"),
        x("prefixes of two proxies", "http shop 10.0.0.9:40000 /a/b", "X-Forwarded-Prefix: /a,/b"),
        x(
            "an encoded prefix stays",
            "http shop 10.0.0.9:40000 /%C3%A4",
            "X-Forwarded-Prefix: /%C3%A4"),
        x(
            "lists beside the hops are counted from the right",
            "https outer 203.0.113.7:0",
            "X-Forwarded-For: 1.2.3.4, 203.0.113.7, 10.0.0.8",
            "X-Forwarded-Proto: evil, https, http",
            "X-Forwarded-Host: evil, outer, inner"),
        x(
            "a single value counts for the whole way",
            "https shop 203.0.113.7:0",
            "X-Forwarded-For: 203.0.113.7, 10.0.0.8",
            "X-Forwarded-Proto: https"),
        x(
            "without hops the nearest proxy's word counts",
            "https shop 10.0.0.9:40000",
            "X-Forwarded-Proto: http, https"),
        x("the other family is not read", "unchanged", "Forwarded: for=203.0.113.7;proto=https"),
        x("nothing said", "unchanged"),
        rfc(
            "all at once",
            "https example.com:8443 203.0.113.7:0",
            "Forwarded: for=203.0.113.7;proto=https;host=\"example.com:8443\";by=10.0.0.9"),
        rfc(
            "names without regard to case",
            "https shop 203.0.113.7:0",
            "forwarded: FOR=203.0.113.7; Proto=HTTPS"),
        rfc(
            "IPv6 with port",
            "http shop 2001:db8::7:4711",
            "Forwarded: for=\"[2001:db8::7]:4711\""),
        rfc("an obfuscated port", "http shop 203.0.113.7:0", "Forwarded: for=\"203.0.113.7:_p\""),
        rfc("quotes forgotten", "http shop 2001:db8::7:4711", "Forwarded: for=[2001:db8::7]:4711"),
        rfc("quoted pairs", "http shop 203.0.113.7:0", "Forwarded: for=\"203\\.0.113.7\""),
        rfc(
            "commas and semicolons in quotes",
            "http shop 203.0.113.7:0",
            "Forwarded: by=\"a,b;c\";for=203.0.113.7"),
        rfc("obfuscated", "http shop 10.0.0.9:40000", "Forwarded: for=_hidden"),
        rfc(
            "unknown, but the scheme is known",
            "https shop 10.0.0.9:40000",
            "Forwarded: for=unknown;proto=https"),
        rfc(
            "what the client invented is not reached",
            "http shop 203.0.113.7:0",
            "Forwarded: for=1.2.3.4;proto=https;host=evil, for=203.0.113.7"),
        rfc(
            "trusted hops are passed, the outermost knows best",
            "https outer 203.0.113.7:0",
            "Forwarded: for=1.2.3.4;host=evil, for=203.0.113.7;proto=https;host=outer, for=10.0.0.8;proto=http;host=inner"),
        rfc(
            "what the outermost leaves out",
            "https inner 203.0.113.7:0",
            "Forwarded: for=203.0.113.7;proto=https, for=10.0.0.8;proto=http;host=inner"),
        rfc(
            "an element without for ends the way",
            "https shop 10.0.0.8:0",
            "Forwarded: for=203.0.113.7, proto=https, for=10.0.0.8"),
        rfc(
            "several lines are one list",
            "http shop 203.0.113.7:0",
            "Forwarded: for=203.0.113.7",
            "Forwarded: for=10.0.0.8"),
        rfc(
            "empty elements and pairs do not count",
            "http shop 203.0.113.7:0",
            "Forwarded: , ;for=203.0.113.7; ,,"),
        rfc("unknown parameters", "http shop 203.0.113.7:0", "Forwarded: secret=x;for=203.0.113.7"),
        rfc(
            "the other family is not read",
            "unchanged",
            "X-Forwarded-For: 203.0.113.7",
            "X-Forwarded-Proto: https"));
  }

  private static Row x(String name, String expected, String... fields) {
    return new Row("X-Forwarded: " + name, X, expected, List.of(fields));
  }

  private static Row rfc(String name, String expected, String... fields) {
    return new Row("Forwarded: " + name, RFC, expected, List.of(fields));
  }

  @ParameterizedTest
  @MethodSource("rows")
  void theOriginIsWhatTrustedProxiesSay(Row row) {
    assertThat(shown(row.reader().read(new Head(row.fields()), "http", PROXY)))
        .isEqualTo(row.expected());
  }

  @ParameterizedTest
  @MethodSource("rows")
  void whoIsNoTrustedProxyIsNotHeard(Row row) {
    assertThat(row.reader().read(new Head(row.fields()), "http", at("203.0.113.1", 1))).isNull();
  }

  static List<Row> refused() {
    return List.of(
        x("scheme", "", "X-Forwarded-Proto: javascript"),
        x("a space in the host", "", "X-Forwarded-Host: a b"),
        x("a path in the host", "", "X-Forwarded-Host: a/b"),
        x("userinfo in the host", "", "X-Forwarded-Host: user@a"),
        x("a fragment in the host", "", "X-Forwarded-Host: a#b"),
        x("a host of a port", "", "X-Forwarded-Host: :80"),
        x("an unclosed bracket", "", "X-Forwarded-Host: [::1"),
        x("brackets around a name", "", "X-Forwarded-Host: [a]"),
        x("broken percent-encoding", "", "X-Forwarded-Host: a%2"),
        x("a port too large", "", "X-Forwarded-Host: a:65536"),
        x("port 0", "", "X-Forwarded-Port: 0"),
        x("no port", "", "X-Forwarded-Port: x"),
        x("a prefix without slash", "", "X-Forwarded-Prefix: a"),
        x("a prefix with query", "", "X-Forwarded-Prefix: /a?b"),
        x("a prefix with a space", "", "X-Forwarded-Prefix: /a b"),
        x("a prefix that is another host's", "", "X-Forwarded-Prefix: //evil.example"),
        x("an empty segment inside", "", "X-Forwarded-Prefix: /a//b"),
        x("an empty segment before a parameter", "", "X-Forwarded-Prefix: /;x/evil.example"),
        x("a prefix that climbs", "", "X-Forwarded-Prefix: /a/../admin"),
        x("a prefix that climbs at its end", "", "X-Forwarded-Prefix: /.."),
        x("a dot", "", "X-Forwarded-Prefix: /./a"),
        x("encoded dots", "", "X-Forwarded-Prefix: /%2e%2E/a"),
        x("dots before a parameter", "", "X-Forwarded-Prefix: /..;a/b"),
        x("the second of two prefixes", "", "X-Forwarded-Prefix: /a, //b"),
        x("a backslash", "", "X-Forwarded-Prefix: /\\evil.example"),
        x("a host with a line end", "", "X-Forwarded-Host: a\r\nX-Evil: 1"),
        x("a zone in the host", "", "X-Forwarded-Host: [fe80::1%25eth0]"),
        x(
            "too many hops",
            "",
            "X-Forwarded-For: " + String.join(",", Collections.nCopies(65, "10.0.0.1"))),
        rfc("no equals sign", "", "Forwarded: for"),
        rfc("no value", "", "Forwarded: for="),
        rfc("no name", "", "Forwarded: =a"),
        rfc("blanks around the equals sign", "", "Forwarded: for =a"),
        rfc("an unclosed quote", "", "Forwarded: for=\"a"),
        rfc("a quote that ends in a backslash", "", "Forwarded: for=\"a\\"),
        rfc("something behind a quote", "", "Forwarded: for=\"a\"b"),
        rfc("a parameter twice", "", "Forwarded: for=10.0.0.1;FOR=10.0.0.2"),
        rfc("a bad host", "", "Forwarded: host=\"a b\""),
        rfc("a bad scheme", "", "Forwarded: proto=ftp"),
        rfc(
            "too many elements",
            "",
            "Forwarded: " + String.join(",", Collections.nCopies(65, "for=_a"))));
  }

  @ParameterizedTest
  @MethodSource("refused")
  void whatCannotBePartOfAUriIsABadRequest(Row row) {
    assertThatExceptionOfType(HttpException.class)
        .isThrownBy(() -> row.reader().read(new Head(row.fields()), "http", PROXY))
        .matches(e -> e.status() == 400);
  }

  @ParameterizedTest
  @MethodSource("refused")
  void theSameFromSomebodyElseIsNotEvenRead(Row row) {
    assertThat(row.reader().read(new Head(row.fields()), "http", at("203.0.113.1", 1))).isNull();
  }

  @Test
  void sixtyFourHopsAreEnoughAndAllowed() {
    String hops = String.join(", ", Collections.nCopies(64, "10.0.0.1"));
    assertThat(shown(X.read(new Head(List.of("X-Forwarded-For: " + hops)), "http", PROXY)))
        .isEqualTo("http shop 10.0.0.1:0");
  }

  @Test
  void onlyBadRequestsEscapeWhateverIsSent() {
    Random random = new Random(5); // the same every time
    String alphabet = "for=proto;host,\"\\[]:._12a6 \t%/-";
    for (int i = 0; i < 20_000; i++) {
      StringBuilder text = new StringBuilder();
      for (int n = random.nextInt(40); n > 0; n--) {
        text.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      assertThatNoException()
          .as(text.toString())
          .isThrownBy(
              () -> {
                try {
                  RFC.read(new Head(List.of("Forwarded: for=" + text)), "http", PROXY);
                  X.read(new Head(List.of("X-Forwarded-For: " + text)), "http", PROXY);
                  X.read(new Head(List.of("X-Forwarded-Host: " + text)), "http", PROXY);
                } catch (HttpException e) {
                  assertThat(e.status()).isEqualTo(400);
                }
              });
    }
  }

  // ---- helpers

  private static InetSocketAddress at(String literal, int port) {
    InetAddress address = IpLiteral.parse(literal);
    assertThat(address).as(literal).isNotNull();
    return new InetSocketAddress(address, port);
  }

  private static String shown(Origin origin) {
    if (origin == null) {
      return "unchanged";
    }
    String client = origin.client().getAddress().getHostAddress();
    client = client.replaceAll("(:0)+:", "::"); // the JDK writes every group
    return (origin.scheme()
            + " "
            + origin.authority()
            + " "
            + client
            + ":"
            + origin.client().getPort()
            + " "
            + origin.prefix())
        .strip();
  }

  record Head(List<String> fields) implements RequestHead {
    @Override
    public String method() {
      return "GET";
    }

    @Override
    public String path() {
      return "/";
    }

    @Override
    public String authority() {
      return "shop";
    }

    @Override
    public HttpVersion version() {
      return HttpVersion.HTTP_1_1;
    }

    @Override
    public Headers headers() {
      return new Headers() {
        @Override
        public int size() {
          return fields.size();
        }

        @Override
        public String name(int index) {
          return fields.get(index).substring(0, fields.get(index).indexOf(':'));
        }

        @Override
        public String value(int index) {
          return fields.get(index).substring(fields.get(index).indexOf(':') + 1).strip();
        }
      };
    }

    @Override
    public long contentLength() {
      return 0;
    }

    @Override
    public boolean expectsContinue() {
      return false;
    }
  }
}
