package io.kqueueserver.http.h1;

import static io.kqueueserver.http.h1.WireRow.accepted;
import static io.kqueueserver.http.h1.WireRow.chunked;
import static io.kqueueserver.http.h1.WireRow.justEnough;
import static io.kqueueserver.http.h1.WireRow.tooMuch;

import io.kqueueserver.stats.Limit;
import java.util.stream.Stream;

/** Rows at each limit and one beyond it, under {@link WireRow#SMALL}: 40, 96, 4, 20. */
final class LimitRows {
  private static final String HEAD = "GET / HTTP/1.1\r\n";
  private static final String POST = "POST / HTTP/1.1\r\nHost: x\r\n";
  private static final String CHUNKED_HEAD =
      "HEAD POST / HTTP/1.1 @x +chunks | Transfer-Encoding: chunked";

  private LimitRows() {}

  static Stream<WireRow> all() {
    String path = "/" + "a".repeat(26);
    String value = "v".repeat(96 - "Host: x\r\n".length() - "A: \r\n".length());
    return Stream.of(
        justEnough(
            "request line of 40 bytes",
            "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n",
            "HEAD GET " + path + " HTTP/1.1 @x",
            "END"),
        tooMuch(
            "request line of 41 bytes",
            "GET " + path + "b HTTP/1.1\r\nHost: x\r\n\r\n",
            414,
            Limit.REQUEST_LINE_SIZE),
        tooMuch("request line without end", "GET /" + "a".repeat(36), 414, Limit.REQUEST_LINE_SIZE),
        tooMuch("method without end", "A".repeat(41), 414, Limit.REQUEST_LINE_SIZE),
        justEnough(
            "fields of 96 bytes",
            HEAD + "Host: x\r\nA: " + value + "\r\n\r\n",
            "HEAD GET / HTTP/1.1 @x | A: " + value,
            "END"),
        tooMuch(
            "fields of 97 bytes",
            HEAD + "Host: x\r\nA: " + value + "v\r\n\r\n",
            431,
            Limit.HEADER_SIZE),
        tooMuch(
            "fields of 97 bytes, with a name",
            HEAD + "Host: x\r\nA: " + value.substring(1) + "\r\nBC",
            431,
            Limit.HEADER_SIZE),
        tooMuch("field name without end", HEAD + "A".repeat(97), 431, Limit.HEADER_SIZE),
        tooMuch("field value without end", HEAD + "A: " + "b".repeat(94), 431, Limit.HEADER_SIZE),
        justEnough(
            "four fields",
            HEAD + "Host: x\r\nA: b\r\nA: b\r\nA: b\r\n\r\n",
            "HEAD GET / HTTP/1.1 @x | A: b | A: b | A: b",
            "END"),
        tooMuch(
            "five fields", HEAD + "Host: x\r\nA: b\r\nA: b\r\nA: b\r\nA", 431, Limit.HEADER_COUNT),
        justEnough(
            "body of 20 bytes",
            POST + "Content-Length: 20\r\n\r\n" + "b".repeat(20),
            "HEAD POST / HTTP/1.1 @x +20 | Content-Length: 20",
            "BODY " + "b".repeat(20),
            "END"),
        tooMuch(
            "body of 21 bytes, at its head",
            POST + "Content-Length: 21\r\n\r\n",
            413,
            Limit.BODY_SIZE),
        tooMuch(
            "body of 21 bytes that waits for 100",
            POST + "Expect: 100-continue\r\nContent-Length: 21\r\n\r\n",
            413,
            Limit.BODY_SIZE),
        tooMuch(
            "body beyond 63 bits",
            POST + "Content-Length: 9223372036854775808\r\n\r\n",
            413,
            Limit.BODY_SIZE),
        justEnough(
            "chunks of 20 bytes",
            chunked("13\r\n" + "b".repeat(19) + "\r\n1\r\nb\r\n0\r\n\r\n"),
            CHUNKED_HEAD,
            "BODY " + "b".repeat(20),
            "END"),
        tooMuch("chunk of 21 bytes, at its size", chunked("15\r\n"), 413, Limit.BODY_SIZE),
        tooMuch(
            "chunks of 21 bytes",
            chunked("13\r\n" + "b".repeat(19) + "\r\n2\r\n"),
            413,
            Limit.BODY_SIZE),
        tooMuch(
            "chunk that would overflow the sum",
            chunked("1\r\nb\r\n7fffffffffffffff\r\n"),
            413,
            Limit.BODY_SIZE),
        justEnough(
            "trailers of 96 bytes",
            chunked("0\r\nA: " + "b".repeat(91) + "\r\n\r\n"),
            CHUNKED_HEAD,
            "END | A: " + "b".repeat(91)),
        tooMuch(
            "trailers of 97 bytes",
            chunked("0\r\nA: " + "b".repeat(92) + "\r\n\r\n"),
            431,
            Limit.TRAILER_SIZE),
        justEnough(
            "four trailers",
            chunked("0\r\n" + "A: b\r\n".repeat(4) + "\r\n"),
            CHUNKED_HEAD,
            "END" + " | A: b".repeat(4)),
        tooMuch(
            "five trailers",
            chunked("0\r\n" + "A: b\r\n".repeat(4) + "A"),
            431,
            Limit.TRAILER_SIZE),
        justEnough(
            "chunk line of 256 bytes",
            chunked("1;" + "a".repeat(254) + "\r\nz\r\n0\r\n\r\n"),
            CHUNKED_HEAD,
            "BODY z",
            "END"),
        tooMuch(
            "chunk line of 257 bytes", chunked("1;" + "a".repeat(255)), 400, Limit.CHUNK_LINE_SIZE),
        tooMuch(
            "last chunk line of 257 bytes",
            chunked("0;" + "a".repeat(255)),
            400,
            Limit.CHUNK_LINE_SIZE),
        accepted(
            "many chunks of one byte",
            "9112 7.1",
            chunked("1\r\nz\r\n".repeat(300) + "0\r\n\r\n"),
            CHUNKED_HEAD,
            "BODY " + "z".repeat(300),
            "END"));
  }
}
