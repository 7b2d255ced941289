package io.kqueueserver.http.h1;

import static io.kqueueserver.http.h1.WireRow.accepted;
import static io.kqueueserver.http.h1.WireRow.chunked;
import static io.kqueueserver.http.h1.WireRow.get;
import static io.kqueueserver.http.h1.WireRow.refused;

import java.util.List;
import java.util.stream.Stream;

/** Rows about chunks, their extensions, and trailers. */
final class ChunkRows {
  private static final String CHUNKED_HEAD =
      "HEAD POST / HTTP/1.1 @x +chunks | Transfer-Encoding: chunked";

  private ChunkRows() {}

  static Stream<WireRow> all() {
    return Stream.of(chunks(), extensions(), trailers()).flatMap(List::stream);
  }

  private static List<WireRow> chunks() {
    return List.of(
        accepted(
            "chunks",
            "9112 7.1",
            chunked("5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n") + get(),
            CHUNKED_HEAD,
            "BODY hello!",
            "END",
            "HEAD GET / HTTP/1.1 @x",
            "END"),
        accepted("no chunk but the last", "9112 7.1", chunked("0\r\n\r\n"), CHUNKED_HEAD, "END"),
        accepted(
            "size in hex of any case",
            "9112 7.1",
            chunked("a\r\n0123456789\r\nB\r\nabcdefghijk\r\n00\r\n\r\n"),
            CHUNKED_HEAD,
            "BODY 0123456789abcdefghijk",
            "END"),
        accepted(
            "leading zeros in a size",
            "9112 7.1",
            chunked("0000000000000001\r\na\r\n0000000000000000\r\n\r\n"),
            CHUNKED_HEAD,
            "BODY a",
            "END"),
        accepted(
            "data of line ends",
            "9112 7.1",
            chunked("4\r\n\r\n0\r\r\n0\r\n\r\n"),
            CHUNKED_HEAD,
            "BODY \r\n0\r",
            "END"),
        refused("no size", "9112 7.1", chunked("\r\n"), 400),
        refused("size of other letters", "9112 7.1", chunked("g\r\n"), 400),
        refused("0x size", "9112 7.1", chunked("0x5\r\nhello\r\n"), 400),
        refused("negative size", "9112 7.1", chunked("-1\r\n"), 400),
        refused("signed size", "9112 7.1", chunked("+5\r\nhello\r\n"), 400),
        refused("size with an underscore", "9112 7.1", chunked("1_0\r\n"), 400),
        refused("space before the size", "9112 7.1", chunked(" 5\r\nhello\r\n"), 400),
        refused("space after the size", "9112 7.1", chunked("5 \r\nhello\r\n"), 400),
        refused("size of 17 digits", "9112 7.1", chunked("00000000000000001\r\na\r\n"), 400),
        refused("size beyond 63 bits", "9112 7.1", chunked("8000000000000000\r\n"), 400),
        refused("size that wraps around", "9112 7.1", chunked("ffffffffffffffff\r\n"), 400),
        refused(
            "size that wraps around to small", "9112 7.1", chunked("10000000000000005\r\n"), 400),
        refused("LF ends the size", "9112 7.1", chunked("5\nhello\r\n"), 400),
        refused("CR ends the size", "9112 7.1", chunked("5\rhello\r\n"), 400),
        refused("CR CR LF ends the size", "9112 7.1", chunked("5\r\r\nhello\r\n"), 400),
        refused("LF ends the data", "9112 7.1", chunked("5\r\nhello\n0\r\n\r\n"), 400),
        refused("CR ends the data", "9112 7.1", chunked("5\r\nhello\r0\r\n\r\n"), 400),
        refused("nothing ends the data", "9112 7.1", chunked("5\r\nhello0\r\n\r\n"), 400),
        refused("data longer than its size", "9112 7.1", chunked("5\r\nhello!\r\n0\r\n\r\n"), 400),
        refused("LF ends the last chunk", "9112 7.1", chunked("0\n\r\n"), 400),
        refused("LF ends the body", "9112 7.1", chunked("0\r\n\n"), 400),
        refused("CR ends the body", "9112 7.1", chunked("0\r\n\rG"), 400));
  }

  private static List<WireRow> extensions() {
    Stream<WireRow> good =
        Stream.of(
                ";a",
                ";a=b",
                ";a=\"\"",
                ";a=\"b;\\\"\\\\\t\u00e9\"",
                ";a;b=c;d",
                " ;a",
                "\t; a = b ; c",
                ";a = \"b\" ;c",
                ";!#$%&'*+-.^_`|~9=x")
            .map(
                extension ->
                    accepted(
                        "chunk extension " + extension,
                        "9112 7.1.1",
                        chunked("1" + extension + "\r\nz\r\n0" + extension + "\r\n\r\n"),
                        CHUNKED_HEAD,
                        "BODY z",
                        "END"));
    Stream<WireRow> bad =
        Stream.of(
                ";",
                ";;a",
                ";a;",
                ";=b",
                ";a=",
                ";a= ",
                ";a b",
                ";a=b c",
                ";a=\"b",
                ";a=\"b\\",
                ";a=\"b\"c",
                ";a=b\"",
                ";(",
                ";a=(",
                ",a",
                ";a\0",
                ";a=\0",
                ";a=\"\0\"",
                ";a=\"\\\0\"",
                ";a=\"\u007f\"",
                ";a\n",
                ";a=b\nx",
                ";a=\"b\nc\"",
                ";a=\"b\rc\"",
                ";a=\"\\\rc\"",
                ";a=\"b\r\nc\"",
                ";a\rb",
                "; ",
                " ",
                "\t",
                "\u00a0;a",
                ";\u00e9",
                ";a ",
                ";a=b ",
                ";a=\"b\" ",
                ";a=b=c")
            .map(
                extension ->
                    refused(
                        "bad chunk extension " + extension.replace("\0", "NUL"),
                        "9112 7.1.1",
                        chunked("1" + extension + "\r\nz\r\n0\r\n\r\n"),
                        400));
    return Stream.concat(good, bad).toList();
  }

  private static List<WireRow> trailers() {
    return List.of(
        accepted(
            "trailers",
            "9112 7.1.2",
            chunked("0\r\nA: b\r\nc:\t d \r\n\r\n") + get(),
            CHUNKED_HEAD,
            "END | A: b | c: d",
            "HEAD GET / HTTP/1.1 @x",
            "END"),
        refused(
            "Content-Length trailer", "9110 6.5.1", chunked("0\r\nContent-Length: 1\r\n\r\n"), 400),
        refused(
            "Transfer-Encoding trailer",
            "9110 6.5.1",
            chunked("0\r\ntransfer-encoding: chunked\r\n\r\n"),
            400),
        refused("Host trailer", "9110 6.5.1", chunked("0\r\nHOST: y\r\n\r\n"), 400),
        refused("trailer with obs-fold", "9112 5.2", chunked("0\r\nA: b\r\n c\r\n\r\n"), 400),
        refused("trailer line of spaces first", "9112 5.2", chunked("0\r\n \r\n\r\n"), 400),
        refused(
            "trailer with a space before the colon",
            "9112 5.1",
            chunked("0\r\nA : b\r\n\r\n"),
            400),
        refused("trailer with NUL", "9110 5.5", chunked("0\r\nA: \0\r\n\r\n"), 400),
        refused("trailer without CR", "9112 2.2", chunked("0\r\nA: b\n\r\n"), 400),
        refused(
            "a request where trailers should be",
            "9112 7.1.2",
            chunked("0\r\nGET / HTTP/1.1\r\n\r\n"),
            400));
  }
}
