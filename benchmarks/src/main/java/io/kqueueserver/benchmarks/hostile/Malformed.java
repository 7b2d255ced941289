package io.kqueueserver.benchmarks.hostile;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;

/** Bytes that are not what they should be, one after the other, and noise among them. */
final class Malformed {
  private static final String HOST = "Host: t\r\n";
  private static final String POST = "POST /upload HTTP/1.1\r\n" + HOST;

  private static final List<String> REQUESTS =
      List.of(
          "GET\r\n\r\n",
          "GET / HTTP/9.9\r\n" + HOST + "\r\n",
          "G\u0000T / HTTP/1.1\r\n" + HOST + "\r\n",
          "GET / HTTP/1.1\r\n\r\n",
          "GET / HTTP/1.1\r\n" + HOST + HOST + "\r\n",
          "GET / HTTP/1.1\r\n" + HOST + "a b: c\r\n\r\n",
          "GET / HTTP/1.1\r\n" + HOST + " folded: c\r\n\r\n",
          "GET / HTTP/1.1\r\n" + HOST + "a: b\u0000c\r\n\r\n",
          "GET /" + "a".repeat(20_000) + " HTTP/1.1\r\n" + HOST + "\r\n",
          "GET / HTTP/1.1\r\n" + HOST + "a: " + "b".repeat(20_000) + "\r\n\r\n",
          "GET / HTTP/1.1\r\n" + HOST + "a: b\r\n".repeat(1_000) + "\r\n",
          POST + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
          POST + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
          POST + "Content-Length: -1\r\n\r\n",
          POST + "Content-Length: 99999999999999999999\r\n\r\n",
          POST + "Transfer-Encoding: gzip, chunked, x\r\n\r\n",
          POST + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
          POST + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
          POST + "Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n",
          "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nand then no frame at all");

  private static final List<String> FRAMES =
      List.of(
          "\u0082\u0003abc", // not masked
          "\u00f2\u00801234", // reserved bits
          "\u0083\u00801234", // reserved opcode
          "\u0089\u00fe\u0001\u00001234", // a Ping of 256 bytes
          "\u0009\u00801234", // a Ping in fragments
          "\u0080\u00801234", // a continuation of nothing
          "\u0088\u0081" + "1234x", // a Close of one byte
          "\u0082\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff1234", // a length below zero
          "\u0081\u00821234\u00ce\u00cf", // not UTF-8
          "\u0089\u00801234".repeat(5_000) + "\u0003"); // Pings, then no frame

  private static final Random RANDOM = new Random(42);

  private Malformed() {}

  static byte[] request(int i) {
    return some(REQUESTS, i);
  }

  static byte[] frame(int i) {
    return some(FRAMES, i);
  }

  /** For a server that awaits TLS. */
  static byte[] record(int i) {
    return switch (i % 4) {
      case 0 -> REQUESTS.get(0).getBytes(StandardCharsets.ISO_8859_1);
      case 1 -> new byte[] {22, 3, 1, 0, 4, 1, 0, 0, 0}; // a ClientHello of no byte
      case 2 -> new byte[] {22, 3, 1, (byte) 0xff, (byte) 0xff, 1, 0, 1, 0}; // a record too long
      default -> noise();
    };
  }

  private static byte[] some(List<String> table, int i) {
    int at = i % (table.size() + 1);
    return at == table.size() ? noise() : table.get(at).getBytes(StandardCharsets.ISO_8859_1);
  }

  /** The first byte is no letter and no TLS, so that each server refuses it at once. */
  private static byte[] noise() {
    byte[] noise = new byte[512];
    RANDOM.nextBytes(noise);
    noise[0] = 1;
    return noise;
  }
}
