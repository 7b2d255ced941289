package io.kqueueserver.spring.accesslog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.kqueueserver.http.forwarded.ForwardedFormat;
import io.kqueueserver.http.forwarded.ForwardedHeaders;
import io.kqueueserver.ip.IpRanges;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class AccessPatternTests {
  private static final AccessRecord GET =
      Records.get(
          "/a%20b?c=1&d",
          "Host",
          "shop.example:8080",
          "referer",
          "http://x/",
          "Cookie",
          "a=1; b = two; c",
          "User-Agent",
          "curl/8");

  /** Of a server that reads no forwarded headers. */
  private static AccessPattern pattern(String pattern) {
    return AccessPattern.of(pattern, new ClientAddress(null));
  }

  private static String line(String pattern, AccessRecord record) {
    return line(pattern(pattern), record);
  }

  private static String line(AccessPattern pattern, AccessRecord record) {
    StringBuilder line = new StringBuilder();
    pattern.append(line, record);
    assertThat(line).endsWith("\n");
    return line.substring(0, line.length() - 1);
  }

  private static String at(String pattern, long millis) {
    return DateTimeFormatter.ofPattern(pattern, Locale.US)
        .withZone(ZoneId.systemDefault())
        .format(Instant.ofEpochMilli(millis));
  }

  static Stream<Arguments> rows() {
    return Stream.of(
        arguments("%a %h", "192.0.2.7 192.0.2.7"),
        arguments("%{remote}a %{peer}a %{c}a", "192.0.2.7 192.0.2.7 192.0.2.7"),
        arguments("%A", "198.51.100.1"),
        arguments("%b %B", "1234 1234"),
        arguments("%D", "2345678"),
        arguments("%T", "2"),
        arguments("%{s}T %{ms}T %{us}T %{fracsec}T", "2 2345 2345678 2.345"),
        arguments("%F", "1"),
        arguments("%H", "HTTP/1.1"),
        arguments("%I", "kqueue-loop-0"),
        arguments("%l %u %S", "- - -"),
        arguments("%m", "GET"),
        arguments("%p %{local}p %{remote}p", "8080 8080 5555"),
        arguments("%q", "?c=1&d"),
        arguments("%r", "GET /a%20b?c=1&d HTTP/1.1"),
        arguments("%s", "200"),
        arguments("%U", "/a%20b"),
        arguments("%v", "shop.example"),
        arguments("%X", "+"),
        arguments("%{Referer}i|%{x-none}i", "http://x/|-"),
        arguments("%{b}c %{a}c %{c}c", "two 1 -"),
        arguments("%{ETag}o %{X}o", "first -"),
        arguments("%{H2_STREAM_ID}e", "-"),
        arguments("%{trace_id}e %{parent_id}e", "- -"),
        arguments("100%% [%s] 'x'", "100% [200] 'x'"),
        arguments("%{sec}t %{msec}t %{msec_frac}t", "1795575845 1795575845678 678"),
        arguments("%{begin:msec}t", "1795575843333"),
        arguments("%{end:sec}t", "1795575845"));
  }

  @ParameterizedTest
  @MethodSource("rows")
  void everyLetterIsReplacedByWhatTomcatMeans(String pattern, String expected) {
    assertThat(line(pattern, GET)).isEqualTo(expected);
  }

  @Test
  void timesAreThoseOfTheEndUnlessTheBeginningIsAskedFor() {
    String common = "'['dd/MMM/yyyy:HH:mm:ss Z']'";
    assertThat(line("%t", GET)).isEqualTo(at(common, Records.END));
    assertThat(line("%{begin}t", GET)).isEqualTo(at(common, Records.END - 2345));
    assertThat(line("%{yyyy-MM-dd HH:mm:ss.SSS}t", GET))
        .isEqualTo(at("yyyy-MM-dd HH:mm:ss.SSS", Records.END));
  }

  @Test
  void theStreamHasTheNameOfApacheHttpd() {
    AccessRecord record = Records.onStream(GET, 2_147_483_647);
    assertThat(line("%{H2_STREAM_ID}e", record)).isEqualTo("2147483647");
    JsonNode json = JsonMapper.shared().readTree(line("json", record));
    assertThat(json.get("streamId").asLong()).isEqualTo(2_147_483_647);
    assertThat(JsonMapper.shared().readTree(line("json", GET)).has("streamId")).isFalse();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> pattern("%{HOME}e"))
        .withMessageContaining("'%{HOME}e'");
  }

  @Test
  void theIdsOfATraceAreThoseOfItsParentField() {
    AccessRecord record =
        Records.get("/", "Traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    assertThat(line("%{trace_id}e %{parent_id}e", record))
        .isEqualTo("4bf92f3577b34da6a3ce929d0e0e4736 00f067aa0ba902b7");
    JsonNode json = JsonMapper.shared().readTree(line("json", record));
    assertThat(json.get("traceId").asString()).isEqualTo("4bf92f3577b34da6a3ce929d0e0e4736");
    assertThat(json.get("parentId").asString()).isEqualTo("00f067aa0ba902b7");
    assertThat(JsonMapper.shared().readTree(line("json", GET)).has("traceId")).isFalse();
  }

  @Test
  void aTraceOfALaterVersionMayHaveMore() {
    AccessRecord record =
        Records.get(
            "/", "traceparent", "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x");
    assertThat(line("%{trace_id}e", record)).isEqualTo("4bf92f3577b34da6a3ce929d0e0e4736");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
        "x\" 200 forged",
      })
  void aParentFieldThatIsForbiddenIsNoTrace(String field) {
    AccessRecord record = Records.get("/", "traceparent", field);
    assertThat(line("%{trace_id}e %{parent_id}e", record)).isEqualTo("- -");
    assertThat(JsonMapper.shared().readTree(line("json", record)).has("traceId")).isFalse();
  }

  @Test
  void theNamedPatternsAreThoseOfTomcat() {
    String start = "192.0.2.7 - - " + line("%t", GET) + " \"GET /a%20b?c=1&d HTTP/1.1\" 200 1234";
    assertThat(line("common", GET)).isEqualTo(start);
    assertThat(line("combined", GET)).isEqualTo(start + " \"http://x/\" \"curl/8\"");
  }

  @Test
  void whatIsNotThereIsADash() {
    AccessRecord refused = Records.refused("");
    assertThat(line("%r %m %U %H %v %b %X %{Host}i %{a}c", refused)).isEqualTo("- - - - - - - - -");
    assertThat(line("%q", refused)).isEmpty();
  }

  /** The record's peer, 192.0.2.7, is or is not one of these. */
  private static AccessPattern behind(String proxies, String pattern) {
    return AccessPattern.of(
        pattern,
        new ClientAddress(
            new ForwardedHeaders(ForwardedFormat.X_FORWARDED, IpRanges.of(List.of(proxies)))));
  }

  @Test
  void behindATrustedProxyTheClientIsWhomItNamesAndThePeerIsStillTold() {
    AccessRecord told = Records.get("/", "X-Forwarded-For", "1.2.3.4, 203.0.113.9:4711");
    String letters = "%h %a %{remote}a %{remote}p %{peer}a %{c}a";
    String client = "203.0.113.9 203.0.113.9 203.0.113.9 4711 192.0.2.7 192.0.2.7";
    assertThat(line(behind("192.0.2.0/24", letters), told)).isEqualTo(client);
    assertThat(line(behind("192.0.2.0/24", "common"), told)).startsWith("203.0.113.9 - - ");
    assertThat(line(behind("192.0.2.0/24", "combined"), told)).startsWith("203.0.113.9 - - ");

    AccessRecord portless = Records.get("/", "X-Forwarded-For", "203.0.113.9");
    assertThat(line(behind("192.0.2.0/24", "%h %{remote}p"), portless)).isEqualTo("203.0.113.9 -");
  }

  @Test
  void whoIsNoTrustedProxyIsTheClientWhateverHeSays() {
    AccessRecord told = Records.get("/", "X-Forwarded-For", "203.0.113.9");
    assertThat(line(behind("198.51.100.0/24", "%h %a %{c}a"), told))
        .isEqualTo("192.0.2.7 192.0.2.7 192.0.2.7");
  }

  @Test
  void ofAClientItsProxyHidesNothingIsBelieved() {
    AccessRecord told = Records.relayed(Records.get("/", "X-Forwarded-For", "203.0.113.9"));
    assertThat(line(behind("192.0.2.0/24", "%h %a"), told)).isEqualTo("192.0.2.7 192.0.2.7");
  }

  @Test
  void whatWasRefusedIsThePeers() {
    AccessRecord malformed =
        Records.get("/", "X-Forwarded-For", "203.0.113.9", "X-Forwarded-Host", "a/b");
    assertThat(line(behind("192.0.2.0/24", "%h"), malformed)).isEqualTo("192.0.2.7");
    assertThat(line(behind("192.0.2.0/24", "%h"), Records.refused("BAD"))).isEqualTo("192.0.2.7");
  }

  @Test
  void jsonNamesThePeerWhereItIsNotTheClient() {
    AccessRecord told = Records.get("/", "X-Forwarded-For", "203.0.113.9");
    JsonNode behind = JsonMapper.shared().readTree(line(behind("192.0.2.0/24", "json"), told));
    assertThat(behind.get("remote").asString()).isEqualTo("203.0.113.9");
    assertThat(behind.has("remotePort")).isFalse();
    assertThat(behind.get("peer").asString()).isEqualTo("192.0.2.7");

    JsonNode direct = JsonMapper.shared().readTree(line("json", told));
    assertThat(direct.get("remote").asString()).isEqualTo("192.0.2.7");
    assertThat(direct.get("remotePort").asInt()).isEqualTo(5555);
    assertThat(direct.has("peer")).isFalse();
  }

  @Test
  void nobodyWritesALineOfHisOwn() {
    AccessRecord record =
        Records.get(
            "/\"x\\",
            "User-Agent",
            "a\" 200\r\n1.2.3.4 \t\u001b[31m\u007f \u00e9\u0000",
            "Cookie",
            "a=\"\n");
    assertThat(line("%r|%{User-Agent}i|%{a}c", record))
        .isEqualTo(
            "GET /\\\"x\\\\ HTTP/1.1|"
                + "a\\\" 200\\x0d\\x0a1.2.3.4 \\x09\\x1b[31m\\x7f \\xe9\\x00|\\\"");
    assertThat(line("%r", Records.refused("\u0016\u0003\u0001\"")))
        .isEqualTo("\\x16\\x03\\x01\\\"");
  }

  @Test
  void charsOfTheApplicationAreWrittenAsOctets() {
    StringBuilder out = new StringBuilder();
    Escapes.text(out, "\u20ac\ud83d\ude00\ud800");
    assertThat(out.toString()).isEqualTo("\\xe2\\x82\\xac\\xf0\\x9f\\x98\\x80\\x3f");
  }

  @Test
  void jsonIsJsonWhateverIsSent() {
    String hostile = "\"},{\"a\":\"\\\r\n\u0000\u001f\u007f\u00e9</script>";
    JsonNode json =
        JsonMapper.shared()
            .readTree(line("json", Records.get("/p?q", "User-Agent", hostile, "Referer", "r")));
    assertThat(json.get("userAgent").asString()).isEqualTo(hostile);
    assertThat(json.get("time").asString()).isEqualTo("2026-11-25T03:04:05.678Z");
    assertThat(json.get("remote").asString()).isEqualTo("192.0.2.7");
    assertThat(json.get("method").asString()).isEqualTo("GET");
    assertThat(json.get("path").asString()).isEqualTo("/p");
    assertThat(json.get("query").asString()).isEqualTo("q");
    assertThat(json.get("status").asInt()).isEqualTo(200);
    assertThat(json.get("bytes").asInt()).isEqualTo(1234);
    assertThat(json.get("durationMicros").asInt()).isEqualTo(2345678);
    assertThat(json.get("aborted").asBoolean()).isFalse();

    JsonNode refused = JsonMapper.shared().readTree(line("json", Records.refused("BAD\u0001")));
    assertThat(refused.get("refused").asString()).isEqualTo("BAD\u0001");
    assertThat(refused.has("method")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "%z",
        "%",
        "a %{Referer",
        "%{Referer}",
        "%{}i",
        "%{x}r",
        "%{x}s",
        "%{x}z",
        "%{bbb'}t",
        "%{all}p",
        "%{local}a",
        "%{ns}T",
        "caf\u00e9",
        "a\nb",
        ""
      })
  void whatIsNotUnderstoodIsRefusedWithWhatThereIs(String pattern) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> pattern(pattern))
        .withMessageContaining("kqueue.server.access-log.pattern");
  }

  @Test
  void anExchangeIsAskedOnlyForWhatThePatternNeeds() {
    AccessPattern plain = pattern("%m %s");
    assertThat(plain.needsRemote()).isFalse();
    assertThat(plain.needsLocal()).isFalse();
    assertThat(plain.responseFields(sink -> sink.field("ETag", "x"))).isEmpty();
    assertThat(pattern("%A").needsLocal()).isTrue();
    assertThat(pattern("%h").needsRemote()).isTrue();
    assertThat(
            pattern("%{Vary}o %{etag}o %{X}o")
                .responseFields(
                    sink -> {
                      sink.field("vary", "a");
                      sink.field("ETag", "x");
                      sink.field("Vary", "b");
                    }))
        .containsExactly("a,b", "x", "");
  }
}
