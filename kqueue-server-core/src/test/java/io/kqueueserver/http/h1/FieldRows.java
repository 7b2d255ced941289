package io.kqueueserver.http.h1;

import static io.kqueueserver.http.h1.WireRow.accepted;
import static io.kqueueserver.http.h1.WireRow.get;
import static io.kqueueserver.http.h1.WireRow.line;
import static io.kqueueserver.http.h1.WireRow.post;
import static io.kqueueserver.http.h1.WireRow.refused;

import java.util.List;
import java.util.stream.Stream;

/** Rows about field lines, and what they say of the connection. */
final class FieldRows {
  private FieldRows() {}

  static Stream<WireRow> all() {
    return Stream.of(fields(), connections()).flatMap(List::stream);
  }

  private static List<WireRow> fields() {
    return List.of(
        accepted(
            "white space around a value",
            "9112 5.1",
            get("A: b", "C:d", "E: \t f g\t "),
            "HEAD GET / HTTP/1.1 @x | A: b | C: d | E: f g",
            "END"),
        accepted(
            "empty values",
            "9110 5.5",
            get("A:", "B: ", "C: \t "),
            "HEAD GET / HTTP/1.1 @x | A:  | B:  | C: ",
            "END"),
        accepted(
            "a name of every token char",
            "9110 5.6.2",
            get("!#$%&'*+-.^_`|~0aZ: b"),
            "HEAD GET / HTTP/1.1 @x | !#$%&'*+-.^_`|~0aZ: b",
            "END"),
        accepted(
            "colons in a value",
            "9112 5",
            get("A:: b:c:"),
            "HEAD GET / HTTP/1.1 @x | A: : b:c:",
            "END"),
        accepted(
            "tab inside a value",
            "9110 5.5",
            get("A: b\tc"),
            "HEAD GET / HTTP/1.1 @x | A: b\tc",
            "END"),
        accepted(
            "obs-text in a value",
            "9110 5.5",
            get("A: \u0080\u00e9\u00ff"),
            "HEAD GET / HTTP/1.1 @x | A: \u0080\u00e9\u00ff",
            "END"),
        accepted(
            "repeated fields keep their order",
            "9110 5.3",
            get("A: 1", "b: x", "a: 2"),
            "HEAD GET / HTTP/1.1 @x | A: 1 | b: x | a: 2",
            "END"),
        accepted(
            "common names in any case",
            "9110 5.1",
            get("ACCEPT: a", "accept: b", "Accept: c"),
            "HEAD GET / HTTP/1.1 @x | ACCEPT: a | accept: b | Accept: c",
            "END"),
        accepted(
            "twenty fields",
            "9110 5",
            get("a: b\r\n".repeat(19) + "a: b"),
            "HEAD GET / HTTP/1.1 @x" + " | a: b".repeat(20),
            "END"),
        refused("space before the colon", "9112 5.1", get("A : b"), 400),
        refused("tab before the colon", "9112 5.1", get("A\t: b"), 400),
        refused("space inside a name", "9112 5.1", get("A B: c"), 400),
        refused("empty name", "9112 5.1", get(": b"), 400),
        refused("line without colon", "9112 5", get("A"), 400),
        refused("name with a separator", "9110 5.1", get("A(: b"), 400),
        refused("name with obs-text", "9110 5.1", get("\u00e9: b"), 400),
        refused("name with NUL", "9110 5.1", get("A\0: b"), 400),
        refused("obs-fold with space", "9112 5.2", get("A: b", " c"), 400),
        refused("obs-fold with tab", "9112 5.2", get("A: b", "\tc"), 400),
        refused("obs-fold in Host", "9112 5.2", "GET / HTTP/1.1\r\nHost:\r\n x\r\n\r\n", 400),
        refused(
            "space before the first field", "9112 2.2", "GET / HTTP/1.1\r\n Host: x\r\n\r\n", 400),
        refused("line of spaces", "9112 5.2", get(" "), 400),
        refused("NUL in a value", "9110 5.5", get("A: b\0c"), 400),
        refused("bell in a value", "9110 5.5", get("A: b\u0007c"), 400),
        refused("DEL in a value", "9110 5.5", get("A: b\u007fc"), 400),
        refused(
            "control far into a value", "9110 5.5", get("A: " + "b".repeat(29) + "\u001f"), 400),
        refused("CR in a value", "9112 2.2", get("A: b\rc"), 400),
        refused("CR at the end of a value", "9112 2.2", get("A: b\r"), 400),
        refused("LF in a value", "9112 2.2", get("A: b\nc: d"), 400),
        refused("LF ends a field", "9112 2.2", "GET / HTTP/1.1\r\nHost: x\nA: b\r\n\r\n", 400),
        refused("CR ends a field", "9112 2.2", "GET / HTTP/1.1\r\nHost: x\rA: b\r\n\r\n", 400),
        refused("LF ends the head", "9112 2.2", "GET / HTTP/1.1\r\nHost: x\r\n\n", 400),
        refused(
            "CR without LF ends the head", "9112 2.2", "GET / HTTP/1.1\r\nHost: x\r\n\rA", 400));
  }

  private static List<WireRow> connections() {
    return List.of(
        accepted(
            "1.1 closes when asked",
            "9112 9.3",
            get("Connection: close"),
            "HEAD GET / HTTP/1.1 @x close | Connection: close",
            "END"),
        accepted(
            "close among options",
            "9110 7.6.1",
            get("Connection: foo , CLOSE,,bar"),
            "HEAD GET / HTTP/1.1 @x close | Connection: foo , CLOSE,,bar",
            "END"),
        accepted(
            "close in a second line",
            "9110 7.6.1",
            get("Connection: keep-alive", "connection: close"),
            "HEAD GET / HTTP/1.1 @x close | Connection: keep-alive | connection: close",
            "END"),
        accepted(
            "closed is not close",
            "9110 7.6.1",
            get("Connection: closed, xclose"),
            "HEAD GET / HTTP/1.1 @x | Connection: closed, xclose",
            "END"),
        accepted(
            "1.0 closes",
            "9112 9.3",
            line("GET / HTTP/1.0"),
            "HEAD GET / HTTP/1.0 @x close",
            "END"),
        accepted(
            "1.0 with keep-alive",
            "9112 9.3",
            "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n" + line("GET /2 HTTP/1.0"),
            "HEAD GET / HTTP/1.0 @ | Connection: Keep-Alive",
            "END",
            "HEAD GET /2 HTTP/1.0 @x close",
            "END"),
        accepted(
            "1.0 with keep-alive and close",
            "9112 9.3",
            "GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n",
            "HEAD GET / HTTP/1.0 @ close | Connection: keep-alive, close",
            "END"),
        accepted(
            "upgrade",
            "9110 7.8",
            get("Upgrade: websocket", "Connection: Upgrade"),
            "HEAD GET / HTTP/1.1 @x upgrade=websocket | Upgrade: websocket | Connection: Upgrade",
            "END"),
        accepted(
            "upgrade beside keep-alive",
            "9110 7.8",
            get("Connection: keep-alive, upgrade", "Upgrade: h2c"),
            "HEAD GET / HTTP/1.1 @x upgrade=h2c | Connection: keep-alive, upgrade | Upgrade: h2c",
            "END"),
        accepted(
            "Upgrade without its option",
            "9110 7.8",
            get("Upgrade: h2c"),
            "HEAD GET / HTTP/1.1 @x | Upgrade: h2c",
            "END"),
        accepted(
            "option without Upgrade",
            "9110 7.8",
            get("Connection: upgrade"),
            "HEAD GET / HTTP/1.1 @x | Connection: upgrade",
            "END"),
        accepted(
            "upgrade on 1.0 is ignored",
            "9110 7.8",
            "GET / HTTP/1.0\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n",
            "HEAD GET / HTTP/1.0 @ close | Upgrade: h2c | Connection: upgrade",
            "END"),
        accepted(
            "expect 100-continue",
            "9110 10.1.1",
            post("Expect: 100-Continue", "Content-Length: 2") + "ab",
            "HEAD POST / HTTP/1.1 @x +2 continue | Expect: 100-Continue | Content-Length: 2",
            "BODY ab",
            "END"),
        accepted(
            "expect 100-continue with chunks",
            "9110 10.1.1",
            post("Expect: 100-continue", "Transfer-Encoding: chunked") + "0\r\n\r\n",
            "HEAD POST / HTTP/1.1 @x +chunks continue | Expect: 100-continue"
                + " | Transfer-Encoding: chunked",
            "END"),
        accepted(
            "expect 100-continue without body",
            "9110 10.1.1",
            post("Expect: 100-continue"),
            "HEAD POST / HTTP/1.1 @x | Expect: 100-continue",
            "END"),
        accepted(
            "expect 100-continue on 1.0 is ignored",
            "9110 10.1.1",
            "POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\na",
            "HEAD POST / HTTP/1.0 @ +1 close | Expect: 100-continue | Content-Length: 1",
            "BODY a",
            "END"),
        accepted(
            "empty Expect",
            "9110 10.1.1",
            get("Expect:", "Expect: ,"),
            "HEAD GET / HTTP/1.1 @x | Expect:  | Expect: ,",
            "END"),
        refused("unknown expectation", "9110 10.1.1", get("Expect: miracles"), 417),
        refused(
            "unknown expectation beside 100-continue",
            "9110 10.1.1",
            post("Expect: 100-continue, x", "Content-Length: 1"),
            417),
        refused(
            "expectation with a parameter", "9110 10.1.1", get("Expect: 100-continue;q=1"), 417));
  }
}
