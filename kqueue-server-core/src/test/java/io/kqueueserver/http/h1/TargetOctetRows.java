package io.kqueueserver.http.h1;

import static io.kqueueserver.http.h1.WireRow.accepted;
import static io.kqueueserver.http.h1.WireRow.line;
import static io.kqueueserver.http.h1.WireRow.refused;
import static io.kqueueserver.http.h1.WireRow.strict;

import io.kqueueserver.stats.Limit;
import java.util.List;
import java.util.stream.Stream;

/** Rows about the octets of a request target: which are served, as what, and which are refused. */
final class TargetOctetRows {
  /** Every octet that RFC 3986 allows in a path, then in a query. */
  private static final String BY_RFC =
      "/azAZ09-._~!$&'()*+,;=:@%00%fF?azAZ09-._~!$&'()*+,;=:@/?%00%fF";

  private TargetOctetRows() {}

  static Stream<WireRow> all() {
    return Stream.of(served(), refusedInPath(), refusedAnywhere(), percent(), strictTarget())
        .flatMap(rows -> rows);
  }

  private static Stream<WireRow> served() {
    return Stream.of(
        target("every octet of RFC 3986", BY_RFC, BY_RFC),
        target("browsers: path", "/a|b^c[d]", "/a%7Cb%5Ec%5Bd%5D"),
        target("browsers: query", "/?a|^[]\\`{}", "/?a%7C%5E%5B%5D%5C%60%7B%7D"),
        target("browsers: octet beside an encoded one", "/%7c|%7C?%25|", "/%7c%7C%7C?%25%7C"),
        target("browsers: dots and slashes kept", "//a/..|/./?b=|&&", "//a/..%7C/./?b=%7C&&"),
        target("browsers: absolute-form", "http://x/a|?{b}", "/a%7C?%7Bb%7D"),
        target("browsers: absolute-form without path", "http://x?{b}|", "/?%7Bb%7D%7C"),
        accepted(
            "browsers: brackets of an address stay",
            "URL standard",
            line("GET http://[::1]:80/[a] HTTP/1.1"),
            "HEAD GET /%5Ba%5D HTTP/1.1 @[::1]:80",
            "END"));
  }

  private static WireRow target(String name, String sent, String seen) {
    return accepted(
        name,
        "3986, URL standard",
        line("GET " + sent + " HTTP/1.1"),
        "HEAD GET " + seen + " HTTP/1.1 @x",
        "END");
  }

  private static Stream<WireRow> refusedInPath() {
    return Stream.of("\\", "`", "{", "}")
        .flatMap(
            octet ->
                Stream.of(
                    bad("in a path: " + octet, "/a" + octet + "b?c"),
                    bad("in an absolute path: " + octet, "http://x/a" + octet)));
  }

  private static Stream<WireRow> refusedAnywhere() {
    return Stream.of(
            "\"", "<", ">", "#", "\0", "\u0001", "\t", "\u007f", "\u0080", "\u00e9", "\u00ff")
        .flatMap(
            octet ->
                Stream.of(
                    bad("in a path: octet " + (int) octet.charAt(0), "/a" + octet),
                    bad("in a query: octet " + (int) octet.charAt(0), "/?a" + octet)));
  }

  private static Stream<WireRow> percent() {
    return Stream.of("%", "%2", "%zz", "%2g", "%g2", "%%20", "%u0041", "%-1")
        .flatMap(
            text ->
                Stream.of(
                    bad("in a path: " + text, "/" + text),
                    bad("in a query: " + text, "/?" + text + "&b")));
  }

  private static Stream<WireRow> strictTarget() {
    Stream<WireRow> refused =
        List.of("/|", "/^", "/[", "/]", "/?|", "/?^", "/?[", "/?]", "/?\\", "/?`", "/?{", "/?}")
            .stream()
            .map(target -> strict(bad("strict: " + target, target)));
    return Stream.concat(
        refused,
        Stream.of(
            strict(target("strict: every octet of RFC 3986", BY_RFC, BY_RFC)),
            strict(
                accepted(
                    "strict: brackets of an address",
                    "3986 3.2.2",
                    line("GET http://[::1]/ HTTP/1.1"),
                    "HEAD GET / HTTP/1.1 @[::1]",
                    "END")),
            strict(
                accepted(
                    "strict: CONNECT to IPv6",
                    "9112 3.2.3",
                    line("CONNECT [::1]:1 HTTP/1.1"),
                    "HEAD CONNECT  HTTP/1.1 @[::1]:1",
                    "END")),
            WireRow.tooMuch(
                "percent at the limit",
                "GET /" + "a".repeat(34) + "%zz",
                414,
                Limit.REQUEST_LINE_SIZE),
            bad("of a host with brackets", "http://a[b]/")));
  }

  private static WireRow bad(String name, String target) {
    return refused(
        "target " + name, "3986, URL standard", line("GET " + target + " HTTP/1.1"), 400);
  }
}
