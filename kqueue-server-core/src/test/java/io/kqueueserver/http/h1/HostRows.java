package io.kqueueserver.http.h1;

import static io.kqueueserver.http.h1.WireRow.accepted;
import static io.kqueueserver.http.h1.WireRow.refused;

import java.util.stream.Stream;

/** Rows about {@code Host}: how often, and its syntax. */
final class HostRows {
  private HostRows() {}

  static Stream<WireRow> all() {
    Stream<WireRow> good =
        Stream.of(
                "",
                "x",
                "a.b.example",
                "xn--bcher-kva.example",
                "x:",
                "x:0",
                "x:80",
                "x:65535",
                "x:00080",
                "127.0.0.1:8080",
                "999.1",
                "a_b",
                "a%20b",
                "a!$&'()*+,;=~",
                "[::]",
                "[::1]:80",
                "[1:2:3:4:5:6:7:8]",
                "[1::8]",
                "[::ffff:1.2.3.4]",
                "[1:2:3:4:5:6:1.2.3.4]",
                "[FE80::abcd%25eth0]",
                "[fe80::1%25a%20b]:1",
                "[1:2:3:4:5:6:7::]",
                "[::2:3:4:5:6:7:8]")
            .map(
                host ->
                    accepted(
                        "Host \"" + host + "\"",
                        "3986 3.2.2",
                        withHost(host),
                        "HEAD GET / HTTP/1.1 @" + host,
                        "END"));
    Stream<WireRow> bad =
        Stream.of(
                ":80",
                "a b",
                "a,b c",
                "a/b",
                "a?b",
                "a#b",
                "u@x",
                "u:p@x",
                "a\\b",
                "x:65536",
                "x:-1",
                "x:+1",
                "x:8a",
                "x:80:80",
                "x:99999999999999999999",
                "x: 80",
                "x :80",
                "a%",
                "a%2",
                "a%zz",
                "<x>",
                "a\"b",
                "a\u00e9",
                "::1",
                "[::1",
                "::1]",
                "[]",
                "[:]",
                "[:::]",
                "[1]",
                "[::1]x",
                "[::1]80",
                "[1:2:3:4:5:6:7]",
                "[1:2:3:4:5:6:7:8:9]",
                "[1::2::3]",
                "[12345::]",
                "[::g]",
                "[1:]",
                "[1:2:3:4:5:6:7:]",
                "[:1::]",
                "[::1.2.3]",
                "[::1.2.3.4.5]",
                "[::1.2.3.256]",
                "[::01.2.3.4]",
                "[1.2.3.4]",
                "[::1.2.3.4:1]",
                "[1:2:3:4:5:6:7:1.2.3.4]",
                "[::1%eth0]",
                "[::1%25]",
                "[::1%25a b]",
                "[v1.a]",
                "[::1]]",
                "x]",
                "[1:2:3:4:5:6:7::8]",
                "http://x",
                "{x}",
                "x|y",
                "a^b",
                "a`b")
            .map(host -> refused("Host \"" + host + "\"", "3986 3.2.2", withHost(host), 400));
    Stream<WireRow> counts =
        Stream.of(
            refused("no Host", "9112 3.2", "GET / HTTP/1.1\r\n\r\n", 400),
            refused(
                "no Host among others",
                "9112 3.2",
                "GET / HTTP/1.1\r\nXHost: a\r\nHos: b\r\n\r\n",
                400),
            refused("two Hosts", "9112 3.2", "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400),
            refused(
                "two equal Hosts", "9112 3.2", "GET / HTTP/1.1\r\nHost: x\r\nhost: x\r\n\r\n", 400),
            refused("two empty Hosts", "9112 3.2", "GET / HTTP/1.1\r\nHost:\r\nHost:\r\n\r\n", 400),
            refused(
                "two Hosts on 1.0",
                "9112 3.2",
                "GET / HTTP/1.0\r\nHost: x\r\nHost: x\r\n\r\n",
                400),
            refused(
                "malformed Host on 1.0", "9112 3.2", "GET / HTTP/1.0\r\nHost: a b\r\n\r\n", 400),
            accepted(
                "HOST",
                "9110 5.1",
                "GET / HTTP/1.1\r\nHOST: x\r\n\r\n",
                "HEAD GET / HTTP/1.1 @x",
                "END"),
            accepted(
                "1.0 without Host",
                "9112 3.2",
                "GET / HTTP/1.0\r\n\r\n",
                "HEAD GET / HTTP/1.0 @ close",
                "END"));
    return Stream.of(good, bad, counts).flatMap(rows -> rows);
  }

  private static String withHost(String host) {
    return "GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n";
  }
}
