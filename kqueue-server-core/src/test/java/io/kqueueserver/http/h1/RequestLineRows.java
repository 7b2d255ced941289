package io.kqueueserver.http.h1;

import static io.kqueueserver.http.h1.WireRow.accepted;
import static io.kqueueserver.http.h1.WireRow.get;
import static io.kqueueserver.http.h1.WireRow.line;
import static io.kqueueserver.http.h1.WireRow.refused;

import java.util.List;
import java.util.stream.Stream;

/** Rows about the request line and the four forms of its target. */
final class RequestLineRows {
  private RequestLineRows() {}

  static Stream<WireRow> all() {
    return Stream.of(requestLines(), targets()).flatMap(List::stream);
  }

  private static List<WireRow> requestLines() {
    return List.of(
        accepted("simple GET", "9112 3", get(), "HEAD GET / HTTP/1.1 @x", "END"),
        accepted(
            "any token is a method",
            "9110 9.1",
            line("M!#$%&'*+-.^_`|~9 / HTTP/1.1"),
            "HEAD M!#$%&'*+-.^_`|~9 / HTTP/1.1 @x",
            "END"),
        accepted(
            "methods are case-sensitive",
            "9110 9.1",
            line("get / HTTP/1.1"),
            "HEAD get / HTTP/1.1 @x",
            "END"),
        accepted(
            "POST without body",
            "9112 6.3",
            line("POST / HTTP/1.1"),
            "HEAD POST / HTTP/1.1 @x",
            "END"),
        accepted(
            "method of 64 bytes",
            "9112 3",
            line("A".repeat(64) + " / HTTP/1.1"),
            "HEAD " + "A".repeat(64) + " / HTTP/1.1 @x",
            "END"),
        refused("method of 65 bytes", "9112 3", "A".repeat(65), 501),
        refused("garbage behind 64 method bytes", "9112 3", "A".repeat(65) + "\0", 501),
        refused("empty method", "9112 3", line(" / HTTP/1.1"), 400),
        refused("method with a separator", "9110 9.1", line("G(T / HTTP/1.1"), 400),
        refused("TLS ClientHello", "9112 3", "\u0016\u0003\u0001\u0002\u0000\u0001", 400),
        refused("NUL before the method", "9112 2.2", "\0GET / HTTP/1.1\r\n", 400),
        refused("space before the method", "9112 2.2", " GET / HTTP/1.1\r\n", 400),
        refused("two spaces after the method", "9112 3", line("GET  / HTTP/1.1"), 400),
        refused("tab after the method", "9112 3", line("GET\t/ HTTP/1.1"), 400),
        refused("two spaces before the version", "9112 3", line("GET /  HTTP/1.1"), 400),
        refused("tab before the version", "9112 3", line("GET /\tHTTP/1.1"), 400),
        refused("space after the version", "9112 3", line("GET / HTTP/1.1 "), 400),
        refused("space in the target", "9112 3.2", line("GET /a b HTTP/1.1"), 400),
        refused("no target", "9112 3", line("GET HTTP/1.1"), 400),
        refused("no version: HTTP/0.9", "9112 3", "GET /\r\n", 400),
        refused("method only", "9112 3", "GET\r\n", 400),
        refused("lower-case version", "9112 2.3", line("GET / http/1.1"), 400),
        refused("version of two digits", "9112 2.3", line("GET / HTTP/1.10"), 400),
        refused("version without minor", "9112 2.3", line("GET / HTTP/1"), 400),
        refused("version with a comma", "9112 2.3", line("GET / HTTP/1,1"), 400),
        refused("version of letters", "9112 2.3", line("GET / HTTP/x.y"), 400),
        refused("version with a leading zero", "9112 2.3", line("GET / HTTP/01.1"), 400),
        refused("other protocol", "9112 2.3", line("GET / HTTQ/1.1"), 400),
        refused("HTTP/2 preface", "9113 3.4", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        refused("HTTP/2.0", "9110 15.6.6", line("GET / HTTP/2.0"), 505),
        refused("HTTP/3.0", "9110 15.6.6", line("GET / HTTP/3.0"), 505),
        refused("HTTP/0.9 spelled out", "9110 15.6.6", line("GET / HTTP/0.9"), 505),
        accepted(
            "higher minor version",
            "9110 2.5",
            line("GET / HTTP/1.9"),
            "HEAD GET / HTTP/1.1 @x",
            "END"),
        refused(
            "LF alone ends the request line", "9112 2.2", "GET / HTTP/1.1\nHost: x\r\n\r\n", 400),
        refused(
            "CR alone ends the request line", "9112 2.2", "GET / HTTP/1.1\rHost: x\r\n\r\n", 400),
        refused("CR CR LF", "9112 2.2", "GET / HTTP/1.1\r\r\nHost: x\r\n\r\n", 400),
        refused("CR in the target", "9112 2.2", line("GET /a\rb HTTP/1.1"), 400),
        accepted(
            "empty lines before a request",
            "9112 2.2",
            "\r\n\r\n" + get(),
            "HEAD GET / HTTP/1.1 @x",
            "END"),
        accepted(
            "empty line between requests",
            "9112 2.2",
            get() + "\r\n" + get(),
            "HEAD GET / HTTP/1.1 @x",
            "END",
            "HEAD GET / HTTP/1.1 @x",
            "END"),
        accepted(
            "four empty lines before each request",
            "9112 2.2",
            "\r\n".repeat(4) + get() + "\r\n".repeat(4) + get(),
            "HEAD GET / HTTP/1.1 @x",
            "END",
            "HEAD GET / HTTP/1.1 @x",
            "END"),
        refused("five empty lines", "9112 2.2", "\r\n".repeat(5) + get(), 400),
        refused("LF before a request", "9112 2.2", "\n" + get(), 400),
        refused("CR before a request", "9112 2.2", "\r" + get(), 400));
  }

  private static List<WireRow> targets() {
    return List.of(
        accepted(
            "path and query untouched",
            "9112 3.2.1",
            line("GET //a/../b;c/%2e?d=%7c&e HTTP/1.1"),
            "HEAD GET //a/../b;c/%2e?d=%7c&e HTTP/1.1 @x",
            "END"),
        refused("path without slash", "9112 3.2.1", line("GET a HTTP/1.1"), 400),
        refused("query without path", "9112 3.2.1", line("GET ?a HTTP/1.1"), 400),
        accepted(
            "absolute-form replaces Host",
            "9112 3.2.2",
            line("GET http://h:8080/a?b HTTP/1.1"),
            "HEAD GET /a?b HTTP/1.1 @h:8080",
            "END"),
        accepted(
            "absolute-form, any case",
            "3986 3.1",
            line("GET HTTPS://H/ HTTP/1.1"),
            "HEAD GET / HTTP/1.1 @H",
            "END"),
        accepted(
            "absolute-form without path",
            "9112 3.2.2",
            line("GET http://h HTTP/1.1"),
            "HEAD GET / HTTP/1.1 @h",
            "END"),
        accepted(
            "absolute-form with query, without path",
            "9110 4.2.3",
            line("GET http://h?a/b HTTP/1.1"),
            "HEAD GET /?a/b HTTP/1.1 @h",
            "END"),
        accepted(
            "absolute-form with IPv6",
            "3986 3.2.2",
            line("GET http://[::1]:80/ HTTP/1.1"),
            "HEAD GET / HTTP/1.1 @[::1]:80",
            "END"),
        accepted(
            "absolute-form on 1.0 without Host",
            "9112 3.2.2",
            "GET http://h/ HTTP/1.0\r\n\r\n",
            "HEAD GET / HTTP/1.0 @h close",
            "END"),
        refused(
            "absolute-form still needs Host", "9112 3.2", "GET http://h/ HTTP/1.1\r\n\r\n", 400),
        refused(
            "absolute-form beside a bad Host",
            "9112 3.2",
            "GET http://h/ HTTP/1.1\r\nHost: a b\r\n\r\n",
            400),
        refused("userinfo", "9110 4.2.4", line("GET http://u:p@h/ HTTP/1.1"), 400),
        refused("empty userinfo", "9110 4.2.4", line("GET http://@h/ HTTP/1.1"), 400),
        refused("absolute-form without host", "9110 4.2.1", line("GET http:///a HTTP/1.1"), 400),
        refused(
            "absolute-form, port without host",
            "9110 4.2.1",
            line("GET http://:80/ HTTP/1.1"),
            400),
        refused(
            "absolute-form, backslash in host",
            "3986 3.2.2",
            line("GET http://h\\a/ HTTP/1.1"),
            400),
        refused("other scheme", "9112 3.2.2", line("GET ftp://h/ HTTP/1.1"), 400),
        refused("scheme cut short", "9112 3.2.2", line("GET http:/ HTTP/1.1"), 400),
        refused("scheme only", "9112 3.2.2", line("GET http:// HTTP/1.1"), 400),
        refused("scheme of nothing", "9112 3.2.2", line("GET ://h/ HTTP/1.1"), 400),
        accepted(
            "OPTIONS *",
            "9112 3.2.4",
            line("OPTIONS * HTTP/1.1"),
            "HEAD OPTIONS * HTTP/1.1 @x",
            "END"),
        accepted(
            "OPTIONS with a path",
            "9110 9.3.7",
            line("OPTIONS /* HTTP/1.1"),
            "HEAD OPTIONS /* HTTP/1.1 @x",
            "END"),
        refused("GET *", "9112 3.2.4", line("GET * HTTP/1.1"), 400),
        refused("OPTIONS **", "9112 3.2.4", line("OPTIONS ** HTTP/1.1"), 400),
        accepted(
            "CONNECT host:port",
            "9112 3.2.3",
            line("CONNECT h:443 HTTP/1.1"),
            "HEAD CONNECT  HTTP/1.1 @h:443",
            "END"),
        accepted(
            "CONNECT to IPv6",
            "9112 3.2.3",
            line("CONNECT [::1]:443 HTTP/1.1"),
            "HEAD CONNECT  HTTP/1.1 @[::1]:443",
            "END"),
        refused("CONNECT without port", "9112 3.2.3", line("CONNECT h HTTP/1.1"), 400),
        refused("CONNECT with an empty port", "9112 3.2.3", line("CONNECT h: HTTP/1.1"), 400),
        refused("CONNECT without host", "9112 3.2.3", line("CONNECT :443 HTTP/1.1"), 400),
        refused("CONNECT with userinfo", "9112 3.2.3", line("CONNECT u@h:443 HTTP/1.1"), 400),
        refused("CONNECT with a path", "9112 3.2.3", line("CONNECT /a HTTP/1.1"), 400),
        refused("CONNECT with an URI", "9112 3.2.3", line("CONNECT http://h:1/ HTTP/1.1"), 400),
        refused("authority-form without CONNECT", "9112 3.2.3", line("GET h:443 HTTP/1.1"), 400));
  }
}
