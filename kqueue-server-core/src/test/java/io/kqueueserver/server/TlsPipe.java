package io.kqueueserver.server;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;

/** A TLS client that can be made to break the rules between two good records. */
final class TlsPipe implements AutoCloseable {
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private final Socket socket;
  private final SSLEngine engine;
  private final ByteBuffer net = ByteBuffer.allocate(40_000);
  private final ByteBuffer plain = ByteBuffer.allocate(40_000);

  TlsPipe(SSLContext context, int port) throws IOException {
    this(context, port, "TLSv1.3");
  }

  TlsPipe(SSLContext context, int port, String protocol) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(10_000);
    engine = context.createSSLEngine("localhost", port);
    engine.setUseClientMode(true);
    engine.setEnabledProtocols(new String[] {protocol});
    net.flip();
  }

  void handshake() throws IOException {
    engine.beginHandshake();
    while (true) {
      switch (engine.getHandshakeStatus()) {
        case NEED_TASK -> engine.getDelegatedTask().run();
        case NEED_WRAP -> send(NOTHING);
        case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> more();
        default -> {
          return;
        }
      }
    }
  }

  /** Asks the server to change its keys, each time with a new record. */
  void keyUpdates(int times) throws IOException {
    try {
      for (int i = 0; i < times; i++) {
        engine.beginHandshake(); // TLS 1.3: a KeyUpdate
        while (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) {
          send(NOTHING);
        }
      }
    } catch (java.net.SocketException e) {
      // It is closed already: isClosedByServer tells.
    }
  }

  String get(String path) throws IOException {
    String request = "GET " + path + " HTTP/1.1\r\nHost: t\r\n\r\n";
    send(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
    plain.clear();
    while (plain.position() == 0) {
      more();
    }
    return StandardCharsets.US_ASCII.decode(plain.flip()).toString();
  }

  /** Records of so many bytes each, all in one write(2). */
  void records(byte[] bytes, int size) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int at = 0; at < bytes.length; at += size) {
      all.writeBytes(record(ByteBuffer.wrap(bytes, at, Math.min(size, bytes.length - at))));
    }
    raw(all.toByteArray());
  }

  /** The bytes in a record, and close_notify behind it, in one write(2). */
  void lastWords(String text) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.writeBytes(record(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII))));
    engine.closeOutbound();
    all.writeBytes(record(NOTHING));
    raw(all.toByteArray());
  }

  /** Plain bytes until the end of the stream or close_notify. */
  String readAll() throws IOException {
    while (!engine.isInboundDone() && receive()) {}
    return StandardCharsets.US_ASCII.decode(plain.flip()).toString();
  }

  /** Forgets the plain bytes read so far. */
  void clear() {
    plain.clear();
  }

  /** Reads until the plain bytes end so. */
  void readTo(String end) throws IOException {
    plain.clear();
    while (!StandardCharsets.US_ASCII.decode(plain.duplicate().flip()).toString().endsWith(end)) {
      more();
    }
  }

  void raw(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
  }

  /** Whether close_notify comes before the end of the stream, which SSLSocket does not tell. */
  boolean endsWithCloseNotify() throws IOException {
    while (!engine.isInboundDone()) {
      plain.clear();
      if (!receive()) {
        return false;
      }
    }
    return true;
  }

  boolean isClosedByServer() {
    try {
      socket.getInputStream().readAllBytes();
      return true;
    } catch (java.net.SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  private void send(ByteBuffer from) throws IOException {
    raw(record(from));
  }

  private byte[] record(ByteBuffer from) throws IOException {
    ByteBuffer out = ByteBuffer.allocate(40_000);
    engine.wrap(from, out);
    return Arrays.copyOf(out.array(), out.position());
  }

  private void more() throws IOException {
    if (!receive()) {
      throw new IOException("closed");
    }
  }

  /** False at the end of the stream. */
  private boolean receive() throws IOException {
    SSLEngineResult result = engine.unwrap(net, plain);
    if (result.getStatus() == SSLEngineResult.Status.BUFFER_UNDERFLOW) {
      net.compact();
      int n = socket.getInputStream().read(net.array(), net.position(), net.remaining());
      net.position(net.position() + Math.max(n, 0)).flip();
      return n >= 0;
    }
    return true;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
