package io.kqueueserver.http.h1;

import static io.kqueueserver.http.h1.WireRow.accepted;
import static io.kqueueserver.http.h1.WireRow.chunked;
import static io.kqueueserver.http.h1.WireRow.get;
import static io.kqueueserver.http.h1.WireRow.post;
import static io.kqueueserver.http.h1.WireRow.refused;

import io.kqueueserver.stats.Limit;
import java.util.List;
import java.util.stream.Stream;

/** Rows about where a body ends; and how requests are smuggled. */
final class BodyRows {
  private static final String CHUNKED_HEAD =
      "HEAD POST / HTTP/1.1 @x +chunks | Transfer-Encoding: chunked";

  private BodyRows() {}

  static Stream<WireRow> all() {
    return Stream.of(lengths(), codings(), smuggling()).flatMap(List::stream);
  }

  private static List<WireRow> lengths() {
    return List.of(
        accepted(
            "nothing of a request sticks to the next",
            "9112 9.3",
            "POST http://h?q HTTP/1.1\r\nHost: x\r\nConnection: close, upgrade\r\nUpgrade: h2c\r\n"
                + "Expect: 100-continue\r\nContent-Length: 1\r\n\r\na"
                + get("Upgrade: h2c")
                + "GET /0 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
                + chunked("0\r\n\r\n")
                + post("Content-Length: 1")
                + "b",
            "HEAD POST /?q HTTP/1.1 @h +1 close continue upgrade=h2c | Connection: close, upgrade"
                + " | Upgrade: h2c | Expect: 100-continue | Content-Length: 1",
            "BODY a",
            "END",
            "HEAD GET / HTTP/1.1 @x | Upgrade: h2c",
            "END",
            "HEAD GET /0 HTTP/1.0 @ | Connection: keep-alive",
            "END",
            CHUNKED_HEAD,
            "END",
            "HEAD POST / HTTP/1.1 @x +1 | Content-Length: 1",
            "BODY b",
            "END"),
        accepted(
            "body by length",
            "9112 6.2",
            post("Content-Length: 5") + "hello",
            "HEAD POST / HTTP/1.1 @x +5 | Content-Length: 5",
            "BODY hello",
            "END"),
        accepted(
            "length 0",
            "9112 6.2",
            post("Content-Length: 0") + get(),
            "HEAD POST / HTTP/1.1 @x | Content-Length: 0",
            "END",
            "HEAD GET / HTTP/1.1 @x",
            "END"),
        accepted(
            "leading zeros",
            "9110 8.6",
            post("Content-Length: 0003") + "abc",
            "HEAD POST / HTTP/1.1 @x +3 | Content-Length: 0003",
            "BODY abc",
            "END"),
        accepted(
            "GET with a body",
            "9110 9.3.1",
            get("Content-Length: 2") + "ab" + get(),
            "HEAD GET / HTTP/1.1 @x +2 | Content-Length: 2",
            "BODY ab",
            "END",
            "HEAD GET / HTTP/1.1 @x",
            "END"),
        accepted(
            "body that looks like a request",
            "9112 6.3",
            post("Content-Length: 18") + "GET / HTTP/1.1\r\n\r\n",
            "HEAD POST / HTTP/1.1 @x +18 | Content-Length: 18",
            "BODY GET / HTTP/1.1\r\n\r\n",
            "END"),
        accepted(
            "body of any octets",
            "9112 6",
            post("Content-Length: 4") + "\0\r\n\u00ff",
            "HEAD POST / HTTP/1.1 @x +4 | Content-Length: 4",
            "BODY \0\r\n\u00ff",
            "END"),
        accepted(
            "1.0 with length",
            "9112 6.3",
            "POST / HTTP/1.0\r\nContent-Length: 1\r\n\r\na",
            "HEAD POST / HTTP/1.0 @ +1 close | Content-Length: 1",
            "BODY a",
            "END"),
        refused(
            "two equal lengths",
            "9112 6.3",
            post("Content-Length: 1", "Content-Length: 1") + "a",
            400),
        refused(
            "two lengths", "9112 6.3", post("Content-Length: 1", "content-length: 2") + "a", 400),
        refused("list of equal lengths", "9110 8.6", post("Content-Length: 1, 1") + "a", 400),
        refused("empty length", "9110 8.6", post("Content-Length:"), 400),
        refused("signed length", "9110 8.6", post("Content-Length: +1") + "a", 400),
        refused("negative length", "9110 8.6", post("Content-Length: -1"), 400),
        refused("minus zero", "9110 8.6", post("Content-Length: -0"), 400),
        refused("hexadecimal length", "9110 8.6", post("Content-Length: 0x1") + "a", 400),
        refused("length with a fraction", "9110 8.6", post("Content-Length: 1.0") + "a", 400),
        refused("length with an exponent", "9110 8.6", post("Content-Length: 1e1"), 400),
        refused("length with a space inside", "9110 8.6", post("Content-Length: 1 0"), 400),
        refused("length with an underscore", "9110 8.6", post("Content-Length: 1_0"), 400),
        refused("length of other digits", "9110 8.6", post("Content-Length: \u00b2"), 400),
        refused("length in quotes", "9110 8.6", post("Content-Length: \"1\"") + "a", 400),
        refused(
            "length beyond 63 bits",
            "9110 8.6",
            post("Content-Length: 9223372036854775808"),
            413,
            Limit.BODY_SIZE),
        refused(
            "length of 40 digits",
            "9110 8.6",
            post("Content-Length: " + "9".repeat(40)),
            413,
            Limit.BODY_SIZE),
        refused(
            "length of 40 digits and a letter",
            "9110 8.6",
            post("Content-Length: " + "9".repeat(40) + "x"),
            400));
  }

  private static List<WireRow> codings() {
    return List.of(
        accepted(
            "chunked in any case",
            "9112 7",
            post("transfer-encoding: \tCHUNKED ") + "0\r\n\r\n",
            "HEAD POST / HTTP/1.1 @x +chunks | transfer-encoding: CHUNKED",
            "END"),
        refused("gzip, chunked", "9112 6.1", post("Transfer-Encoding: gzip, chunked"), 501),
        refused(
            "gzip and chunked in two lines",
            "9112 6.1",
            post("Transfer-Encoding: gzip", "Transfer-Encoding: chunked"),
            501),
        refused(
            "coding with a parameter, chunked",
            "9112 6.1",
            post("Transfer-Encoding: a;b=c, chunked"),
            501),
        refused("gzip only", "9112 6.3", post("Transfer-Encoding: gzip"), 400),
        refused("identity", "9112 6.3", post("Transfer-Encoding: identity"), 400),
        refused("chunked, gzip", "9112 6.3", post("Transfer-Encoding: chunked, gzip"), 400),
        refused("chunked, identity", "9112 6.3", post("Transfer-Encoding: chunked, identity"), 400),
        refused("chunked twice", "9112 6.1", post("Transfer-Encoding: chunked, chunked"), 400),
        refused(
            "chunked twice in two lines",
            "9112 6.1",
            post("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"),
            400),
        refused(
            "chunked then identity in two lines",
            "9112 6.1",
            post("Transfer-Encoding: chunked", "Transfer-Encoding: identity"),
            400),
        refused("empty coding", "9112 6.1", post("Transfer-Encoding:"), 400),
        refused("empty first coding", "9112 6.1", post("Transfer-Encoding: , chunked"), 400),
        refused("empty last coding", "9112 6.1", post("Transfer-Encoding: chunked,"), 400),
        refused(
            "chunked with a parameter", "9112 7.1", post("Transfer-Encoding: chunked;a=b"), 400),
        refused("xchunked", "9112 6.3", post("Transfer-Encoding: xchunked"), 400),
        refused("chunkedx", "9112 6.3", post("Transfer-Encoding: chunkedx"), 400),
        refused("chunked in quotes", "9112 6.1", post("Transfer-Encoding: \"chunked\""), 400),
        refused("two words", "9112 6.1", post("Transfer-Encoding: identity chunked"), 400),
        refused("coding in brackets", "9112 6.1", post("Transfer-Encoding: [chunked]"), 400),
        refused(
            "vertical tab before chunked",
            "9110 5.5",
            post("Transfer-Encoding: \u000bchunked"),
            400),
        refused(
            "no-break space before chunked",
            "9112 6.1",
            post("Transfer-Encoding: \u00a0chunked"),
            400),
        refused(
            "chunked on 1.0",
            "9112 6.1",
            "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
            400),
        refused(
            "gzip on 1.0", "9112 6.1", "POST / HTTP/1.0\r\nTransfer-Encoding: gzip\r\n\r\n", 400));
  }

  /**
   * Known ways to make two parsers disagree; most are refused for a reason that has its own row.
   */
  private static List<WireRow> smuggling() {
    String hidden = "GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n";
    return List.of(
        refused(
            "CL.TE",
            "9112 6.3",
            post("Content-Length: 6", "Transfer-Encoding: chunked") + "0\r\n\r\nG",
            400),
        refused(
            "TE.CL",
            "9112 6.3",
            post("Transfer-Encoding: chunked", "Content-Length: 3") + "8\r\nSMUGGLED\r\n0\r\n\r\n",
            400),
        refused(
            "TE.CL with length 0",
            "9112 6.3",
            post("Transfer-Encoding: chunked", "Content-Length: 0") + "0\r\n\r\n",
            400),
        refused(
            "TE.TE, second obscure",
            "9112 6.3",
            post("Transfer-Encoding: chunked", "Transfer-encoding: cow"),
            400),
        refused(
            "TE.TE, first obscure",
            "9112 6.3",
            post("Content-Length: 4", "Transfer-Encoding: x", "Transfer-Encoding: chunked"),
            400),
        refused("TE hidden by a space", "9112 5.1", post("Transfer-Encoding : chunked"), 400),
        refused("TE hidden by a fold", "9112 5.2", post("Transfer-Encoding:", " chunked"), 400),
        refused(
            "TE hidden behind a fold",
            "9112 5.2",
            post("X: y", " Transfer-Encoding: chunked", "Content-Length: 1"),
            400),
        refused(
            "TE hidden behind LF",
            "9112 2.2",
            post("X: y\nTransfer-Encoding: chunked", "Content-Length: 1"),
            400),
        refused(
            "TE hidden behind CR",
            "9112 2.2",
            post("X: y\rTransfer-Encoding: chunked", "Content-Length: 1"),
            400),
        refused(
            "TE hidden behind NUL", "9110 5.5", post("X: y\0", "Transfer-Encoding: chunked"), 400),
        refused(
            "TE with a control in its name",
            "9110 5.1",
            post("\u0001Transfer-Encoding: chunked"),
            400),
        refused("CL hidden by a space", "9112 5.1", post("Content-Length : 3") + "abc", 400),
        refused(
            "CL.CL", "9112 6.3", post("Content-Length: 8", "Content-Length: 7") + "12345678", 400),
        refused(
            "CL.CL, one malformed",
            "9112 6.3",
            post("Content-Length: 0", "Content-Length: x") + hidden,
            400),
        accepted(
            "CL_0: an underscore makes another field",
            "9110 5.1",
            post("Content_Length: 5") + get(),
            "HEAD POST / HTTP/1.1 @x | Content_Length: 5",
            "END",
            "HEAD GET / HTTP/1.1 @x",
            "END"),
        accepted(
            "chunk data that looks like the end",
            "9112 7.1",
            chunked("5\r\n0\r\n\r\n\r\n0\r\n\r\n"),
            CHUNKED_HEAD,
            "BODY 0\r\n\r\n",
            "END"),
        refused(
            "chunk end hidden in an extension",
            "9112 7.1.1",
            chunked("2;\nxx\r\n4c\r\n0\r\n\r\n" + hidden),
            400),
        refused(
            "chunk line ends that parsers skip",
            "9112 7.1",
            chunked("5\r\nAAAAAXX2\r\n45\r\n0\r\n\r\n" + hidden),
            400),
        refused(
            "Host beside a look-alike",
            "9112 3.2",
            "GET / HTTP/1.1\r\nHost: x\r\nHost : y\r\n\r\n",
            400),
        refused(
            "request in the target",
            "9112 3",
            "GET / HTTP/1.1\r\rHost: y\r\nHost: x\r\n\r\n",
            400));
  }
}
