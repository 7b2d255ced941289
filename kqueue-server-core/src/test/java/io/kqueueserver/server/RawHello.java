package io.kqueueserver.server;

import io.kqueueserver.build.TlsFixture;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLEngine;

/** ClientHellos as bytes: a good one, and such as no library would send. */
final class RawHello {
  private RawHello() {}

  /** The JDK's own, in one record. */
  static byte[] jdk() {
    SSLEngine engine = TlsFixture.client().createSSLEngine();
    engine.setUseClientMode(true);
    ByteBuffer hello = ByteBuffer.allocate(40_000);
    try {
      engine.wrap(ByteBuffer.allocate(0), hello);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    byte[] bytes = new byte[hello.flip().remaining()];
    hello.get(bytes);
    return bytes;
  }

  /** TLS 1.2 with these suites alone, and these compression methods. */
  static byte[] of(int version, byte[] compressions, byte[] extensions, int... suites) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.writeBytes(number(2, version));
    body.writeBytes(new byte[32]);
    body.write(0);
    body.writeBytes(number(2, 2 * suites.length));
    for (int suite : suites) {
      body.writeBytes(number(2, suite));
    }
    body.writeBytes(vector(1, compressions));
    body.writeBytes(vector(2, extensions));
    return record(22, concat(new byte[] {1}, vector(3, body.toByteArray())));
  }

  /** TLS 1.2 as a client that knows this server's kind of key, with further extensions. */
  static byte[] with(byte[] extensions) {
    return of(0x0303, new byte[1], concat(ec(), extensions), 0xc02b, 0x00ff);
  }

  /** What a client of an elliptic-curve server says: P-256, ecdsa_secp256r1_sha256. */
  static byte[] ec() {
    return concat(
        extension(10, vector(2, number(2, 23))),
        extension(11, vector(1, new byte[1])),
        extension(13, vector(2, number(2, 0x0403))));
  }

  /** A server_name of so many host names. */
  static byte[] sni(byte[]... names) {
    byte[] list = {};
    for (byte[] name : names) {
      list = concat(list, new byte[] {0}, vector(2, name));
    }
    return extension(0, vector(2, list));
  }

  static byte[] sni(String name) {
    return sni(name.getBytes(StandardCharsets.UTF_8));
  }

  static byte[] extension(int type, byte[] data) {
    return concat(number(2, type), vector(2, data));
  }

  static byte[] record(int type, byte[] fragment) {
    return concat(new byte[] {(byte) type, 3, 3}, vector(2, fragment));
  }

  static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  private static byte[] vector(int lengthBytes, byte[] data) {
    return concat(number(lengthBytes, data.length), data);
  }

  private static byte[] number(int bytes, int value) {
    byte[] number = new byte[bytes];
    for (int i = 0; i < bytes; i++) {
      number[i] = (byte) (value >> (8 * (bytes - 1 - i)));
    }
    return number;
  }
}
