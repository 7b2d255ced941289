package io.kqueueserver.http.h2;

import static io.kqueueserver.http.h2.RequestRow.accepted;
import static io.kqueueserver.http.h2.RequestRow.get;
import static io.kqueueserver.http.h2.RequestRow.malformed;
import static io.kqueueserver.http.h2.RequestRow.refused;
import static io.kqueueserver.http.h2.RequestRow.request;
import static io.kqueueserver.http.h2.RequestRow.with;

import io.kqueueserver.http.h2.RequestRow.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Rows about request heads and trailers. A new bug is a new row. */
final class RequestRows {
  private static final String HEAD = "GET https x / | host: x";

  private RequestRows() {}

  static Stream<RequestRow> all() {
    return Stream.of(
            pseudo(), targets(), hosts(), connect(), fields(), cookies(), bodies(), trailers())
        .flatMap(List::stream);
  }

  private static List<RequestRow> pseudo() {
    List<RequestRow> rows = new ArrayList<>();
    rows.add(accepted("a request", "9113 8.3.1", HEAD, get()));
    rows.add(
        accepted(
            "pseudo-header fields in another order",
            "9113 8.3",
            HEAD,
            ":path: /",
            ":authority: x",
            ":scheme: https",
            ":method: GET"));
    for (String name : new String[] {":method", ":scheme", ":path", ":authority"}) {
      String[] all = get();
      rows.add(
          malformed(
              "no " + name,
              "9113 8.3.1",
              Stream.of(all).filter(f -> !f.startsWith(name)).toArray(String[]::new)));
      String again = Stream.of(all).filter(f -> f.startsWith(name)).findFirst().orElseThrow();
      rows.add(malformed("two " + name, "9113 8.3", with(all, again)));
      rows.add(malformed(name + " behind a field", "9113 8.3", with(get("a: b"), again)));
      rows.add(
          malformed(
              "empty " + name,
              "9113 8.3.1",
              Stream.of(all)
                  .map(f -> f.startsWith(name) ? name + ": " : f)
                  .toArray(String[]::new)));
    }
    rows.add(malformed("a response's :status", "9113 8.3", get(":status: 200")));
    rows.add(malformed("an unknown pseudo-header field", "9113 8.3", get(":unknown: x")));
    rows.add(malformed("a colon for a name", "9113 8.3", get(":: x")));
    rows.add(malformed("a pseudo-header field in upper case", "9113 8.3", get(":Method: GET")));
    rows.add(malformed("nothing at all", "9113 8.3.1"));
    rows.add(
        accepted(
            "any token is a method",
            "9110 9.1",
            "M!#$%&'*+-.^_`|~9 https x / | host: x",
            request("M!#$%&'*+-.^_`|~9")));
    rows.add(malformed("a method with a space", "9110 9.1", request("GET /x")));
    rows.add(
        accepted(
            "a method of 64 chars",
            "limit",
            "A".repeat(64) + " https x / | host: x",
            request("A".repeat(64))));
    rows.add(refused("a method of 65 chars", "limit", "501", request("A".repeat(65))));
    rows.add(
        accepted(
            "scheme in upper case",
            "3986 3.1",
            "GET HTTPS x / | host: x",
            ":method: GET",
            ":scheme: HTTPS",
            ":authority: x",
            ":path: /"));
    for (String scheme : new String[] {"1http", "ht tp", "http:", "h\u00e9"}) {
      rows.add(
          malformed(
              "scheme " + scheme,
              "3986 3.1",
              ":method: GET",
              ":scheme: " + scheme,
              ":authority: x",
              ":path: /"));
    }
    rows.add(
        refused(
            "another scheme",
            "9113 8.3.1",
            "400",
            ":method: GET",
            ":scheme: ftp",
            ":authority: x",
            ":path: /"));
    return rows;
  }

  private static List<RequestRow> targets() {
    List<RequestRow> rows = new ArrayList<>();
    String all = "/azAZ09-._~!$&'()*+,;=:@%00%fF?azAZ09-._~!$&'()*+,;=:@/?%00%fF";
    rows.add(target("every octet of RFC 3986", all, all));
    rows.add(target("browsers: path", "/a|b^c[d]", "/a%7Cb%5Ec%5Bd%5D (/a|b^c[d])"));
    rows.add(
        target("browsers: query", "/?a|^[]\\`{}", "/?a%7C%5E%5B%5D%5C%60%7B%7D (/?a|^[]\\`{})"));
    rows.add(target("dots and slashes stay", "//a/../.", "//a/../."));
    for (String bad :
        new String[] {
          "",
          "a",
          "?a",
          "http://x/",
          "//x y",
          "/\t",
          "/#",
          "/\"",
          "/<",
          "/>",
          "/\\",
          "/`",
          "/{",
          "/}",
          "/\u0000",
          "/\u007f",
          "/\u0080",
          "/\u00ff",
          "/%",
          "/%4",
          "/%g1",
          "/%1g",
          "/?%",
          "**",
          "*/"
        }) {
      rows.add(malformed("path \"" + bad + "\"", "9113 8.3.1", path("GET", bad)));
    }
    rows.add(malformed("path * of a GET", "9112 3.2.4", path("GET", "*")));
    rows.add(
        accepted(
            "path * of OPTIONS",
            "9112 3.2.4",
            "OPTIONS https x * | host: x",
            path("OPTIONS", "*")));
    rows.add(malformed("strict: path", "3986", path("GET", "/|")).as(Kind.STRICT_TARGET));
    rows.add(malformed("strict: query", "3986", path("GET", "/?{")).as(Kind.STRICT_TARGET));
    rows.add(
        accepted("strict: RFC 3986", "3986", "GET https x " + all + " | host: x", path("GET", all))
            .as(Kind.STRICT_TARGET));
    return rows;
  }

  private static List<RequestRow> hosts() {
    List<RequestRow> rows = new ArrayList<>();
    for (String good : new String[] {"x:443", "a.b", "[::1]:8080", "127.0.0.1", "x:", "a%20b"}) {
      rows.add(
          accepted(
              ":authority " + good,
              "3986 3.2.2",
              "GET https " + good + " / | host: " + good,
              at(good)));
    }
    for (String bad : new String[] {"u@x", "x:y", "x:65536", "a b", "[::1", "x/", "x?", ":80"}) {
      rows.add(malformed(":authority " + bad, "9113 8.3.1", at(bad)));
      rows.add(malformed("Host " + bad, "9113 8.3.1", host(bad)));
    }
    rows.add(malformed("an empty Host, no :authority", "9110 4.2.1", host("")));
    rows.add(accepted("Host for :authority", "9113 8.3.1", "GET https y / | host: y", host("y")));
    rows.add(accepted("Host beside :authority", "9113 8.3.1", HEAD, get("host: x")));
    rows.add(accepted("Host in another case", "9110 4.2.3", HEAD, get("host: X")));
    rows.add(accepted("Host with the default port", "9110 4.2.3", HEAD, get("host: x:443")));
    rows.add(accepted("Host with an empty port", "9110 4.2.3", HEAD, get("host: x:")));
    rows.add(malformed("Host with another port", "9113 8.3.1", get("host: x:80")));
    rows.add(malformed("Host that differs", "9113 8.3.1", get("host: y")));
    rows.add(malformed("an empty Host beside :authority", "9113 8.3.1", get("host: ")));
    rows.add(malformed("two Hosts", "9112 3.2", get("host: x", "host: x")));
    rows.add(
        accepted(
            "addresses in brackets are no ports",
            "3986 3.2.2",
            "GET https [::443] / | host: [::443]",
            with(at("[::443]"), "host: [::443]")));
    return rows;
  }

  private static List<RequestRow> connect() {
    String[] extended = {
      ":method: CONNECT",
      ":scheme: https",
      ":authority: x",
      ":path: /chat?a",
      ":protocol: websocket"
    };
    String tunnel = ":method: CONNECT";
    return List.of(
        accepted("CONNECT", "9113 8.5", "CONNECT  x:1  +0 | host: x:1", tunnel, ":authority: x:1"),
        malformed("CONNECT without a port", "9113 8.5", tunnel, ":authority: x"),
        malformed("CONNECT without :authority", "9113 8.5", tunnel, "host: x:1"),
        malformed("CONNECT with :path", "9113 8.5", tunnel, ":authority: x:1", ":path: /"),
        malformed("CONNECT with :scheme", "9113 8.5", tunnel, ":authority: x:1", ":scheme: https"),
        malformed(
            "CONNECT with a body", "9110 9.3.6", tunnel, ":authority: x:1", "content-length: 1"),
        accepted(
                "extended CONNECT",
                "8441 4",
                "CONNECT https x /chat?a websocket +0 | host: x",
                extended)
            .as(Kind.CONNECT_PROTOCOL),
        malformed("extended CONNECT that was not announced", "8441 3", extended),
        malformed(
                "extended CONNECT without :path",
                "8441 4",
                tunnel,
                ":scheme: https",
                ":authority: x",
                ":protocol: websocket")
            .as(Kind.CONNECT_PROTOCOL),
        malformed(
                "extended CONNECT without :authority",
                "8441 4",
                tunnel,
                ":scheme: https",
                ":path: /",
                ":protocol: websocket")
            .as(Kind.CONNECT_PROTOCOL),
        malformed(":protocol of a GET", "8441 4", get(":protocol: websocket"))
            .as(Kind.CONNECT_PROTOCOL),
        malformed("two :protocol", "9113 8.3", with(extended, ":protocol: websocket"))
            .as(Kind.CONNECT_PROTOCOL),
        malformed(
                ":protocol that is no token", "8441 4", with(request("CONNECT"), ":protocol: a b"))
            .as(Kind.CONNECT_PROTOCOL));
  }

  private static List<RequestRow> fields() {
    List<RequestRow> rows = new ArrayList<>();
    rows.add(
        accepted(
            "fields stay as they came",
            "9110 5.3",
            HEAD + " | a: b\tc | d:  | a: \u00e9",
            get("a: b\tc", "d: ", "a: \u00e9")));
    rows.add(
        accepted("TE of trailers", "9113 8.2.2", HEAD + " | te: trailers", get("te: trailers")));
    rows.add(
        accepted(
            "TE in another case", "9110 10.1.4", HEAD + " | te: Trailers", get("te: Trailers")));
    for (String te : new String[] {"gzip", "trailers, gzip", "trailers;q=0.5", ""}) {
      rows.add(malformed("TE of \"" + te + "\"", "9113 8.2.2", get("te: " + te)));
    }
    for (String name :
        new String[] {
          "connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade"
        }) {
      rows.add(malformed(name, "9113 8.2.2", get(name + ": close")));
    }
    for (String name : new String[] {"A", "aB", "a b", "a\u0000", "\u00e9", "a\u007f", "a:b", ""}) {
      rows.add(malformed("name \"" + name + "\"", "9113 8.2.1", get(name + ": x")));
    }
    for (String value :
        new String[] {
          " a", "a ", "\ta", "a\t", " ", "a\rb", "a\nb", "a\0b", "a\u0001", "a\u007f"
        }) {
      rows.add(malformed("value \"" + value + "\"", "9113 8.2.1", get("a: " + value)));
    }
    rows.add(
        accepted(
            "priority",
            "9218 5",
            "GET https x / u=1 | host: x | priority: u=1",
            get("priority: u=1")));
    return rows;
  }

  private static List<RequestRow> cookies() {
    return List.of(
        accepted("a cookie", "9113 8.2.3", HEAD + " | cookie: a=b", get("cookie: a=b")),
        accepted(
            "crumbs are joined where the first was",
            "9113 8.2.3",
            HEAD + " | x: y | cookie: a=b; c=d; e=f | z: w",
            get("x: y", "cookie: a=b", "z: w", "cookie: c=d", "cookie: e=f")));
  }

  private static List<RequestRow> bodies() {
    String post = "POST https x /";
    return List.of(
        accepted("no length, no end", "9113 8.1", post + " | host: x", request("POST")),
        accepted("no length, and the end", "9113 8.1", post + " +0 | host: x", request("POST"))
            .as(Kind.END_STREAM),
        accepted(
            "a length",
            "9110 8.6",
            post + " +100 | host: x | content-length: 100",
            request("POST", "content-length: 100")),
        accepted(
                "a length of 0, and the end",
                "9110 8.6",
                post + " +0 | host: x | content-length: 0",
                request("POST", "content-length: 0"))
            .as(Kind.END_STREAM),
        malformed("a length, and the end", "9113 8.1.1", request("POST", "content-length: 1"))
            .as(Kind.END_STREAM),
        malformed(
                "a great length, and the end",
                "9113 8.1.1",
                request("POST", "content-length: 99999999999999999999"))
            .as(Kind.END_STREAM),
        malformed(
            "two lengths", "9110 8.6", request("POST", "content-length: 1", "content-length: 1")),
        malformed("a list of lengths", "9110 8.6", request("POST", "content-length: 1, 1")),
        malformed("a signed length", "9110 8.6", request("POST", "content-length: +1")),
        malformed("an empty length", "9110 8.6", request("POST", "content-length: ")),
        refused(
            "a length beyond the limit",
            "limit",
            "413 BODY_SIZE",
            request("POST", "content-length: 101")),
        refused(
            "a length beyond a long",
            "limit",
            "413 BODY_SIZE",
            request("POST", "content-length: 9223372036854775808")),
        accepted(
            "100-continue",
            "9110 10.1.1",
            post + " +5 continue | host: x | content-length: 5 | expect: 100-Continue",
            request("POST", "content-length: 5", "expect: 100-Continue")),
        accepted(
                "100-continue without body",
                "9110 10.1.1",
                post + " +0 | host: x | expect: 100-continue",
                request("POST", "expect: 100-continue"))
            .as(Kind.END_STREAM),
        refused(
            "another expectation",
            "9110 10.1.1",
            "417",
            request("POST", "expect: 100-continue, more")),
        malformed(
            "malformed goes before refused",
            "9113 8.1.1",
            request("POST", "expect: more", "te: gzip")));
  }

  private static List<RequestRow> trailers() {
    List<RequestRow> rows = new ArrayList<>();
    rows.add(accepted("trailers", "9113 8.1", " | a: b | c: d", "a: b", "c: d").as(Kind.TRAILERS));
    rows.add(accepted("no trailers", "9113 8.1", "").as(Kind.TRAILERS));
    for (String bad :
        new String[] {
          ":path: /",
          ":status: 200",
          "host: x",
          "content-length: 1",
          "B: c",
          "transfer-encoding: chunked",
          "connection: close",
          "te: gzip",
          "a: b\n"
        }) {
      rows.add(malformed("trailer " + bad, "9113 8.1", "a: b", bad).as(Kind.TRAILERS));
    }
    return rows;
  }

  private static RequestRow target(String name, String sent, String seen) {
    return accepted(
        name, "3986, URL standard", "GET https x " + seen + " | host: x", path("GET", sent));
  }

  private static String[] path(String method, String path) {
    return new String[] {":method: " + method, ":scheme: https", ":authority: x", ":path: " + path};
  }

  private static String[] at(String authority) {
    return new String[] {":method: GET", ":scheme: https", ":authority: " + authority, ":path: /"};
  }

  private static String[] host(String host) {
    return new String[] {":method: GET", ":scheme: https", ":path: /", "host: " + host};
  }
}
