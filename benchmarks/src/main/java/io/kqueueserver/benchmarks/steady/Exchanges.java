package io.kqueueserver.benchmarks.steady;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.LockSupport;

/** Single exchanges of several kinds, each on a blocking socket of its own. */
final class Exchanges {
  private static final byte[] PIECE = new byte[64 * 1024];
  private static final int READ_TIMEOUT_MILLIS = 60_000;

  private final int port;

  Exchanges(int port) {
    this.port = port;
  }

  private Socket connect(int receiveBuffer) throws IOException {
    Socket socket = new Socket();
    if (receiveBuffer > 0) {
      socket.setReceiveBufferSize(receiveBuffer); // before connect, or the window is agreed already
    }
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    socket.setSoTimeout(READ_TIMEOUT_MILLIS);
    return socket;
  }

  private static void send(Socket socket, String head) throws IOException {
    socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
  }

  private static String get(String path) {
    return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  }

  /** Uploads; the server answers when it has all. */
  void upload(long bytes) throws IOException {
    try (Socket socket = connect(0)) {
      send(
          socket,
          "POST /upload HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: "
              + bytes
              + "\r\n\r\n");
      for (long left = bytes; left > 0; ) {
        int size = (int) Math.min(left, PIECE.length);
        socket.getOutputStream().write(PIECE, 0, size);
        left -= size;
      }
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      if (!answer.startsWith("HTTP/1.1 200") || !answer.contains("\r\n\r\n" + bytes + " ")) {
        throw new IOException("upload of " + bytes + " bytes was answered: " + answer);
      }
    }
  }

  /** Asks for more than is ever read, takes a little now and then, and leaves. */
  void readSlowly(long bytes, long millis) throws IOException {
    try (Socket socket = connect(16 * 1024)) {
      send(socket, get("/download/" + bytes));
      readUntil(socket, millis, 100);
    }
  }

  private static void readUntil(Socket socket, long millis, long pauseMillis) throws IOException {
    InputStream in = socket.getInputStream();
    byte[] buffer = new byte[1024];
    long end = System.nanoTime() + millis * 1_000_000;
    while (System.nanoTime() < end) {
      if (in.read(buffer) < 0) {
        throw new EOFException("the server ended a response that has no end yet");
      }
      if (pauseMillis > 0) {
        LockSupport.parkNanos(pauseMillis * 1_000_000);
      }
    }
  }
}
