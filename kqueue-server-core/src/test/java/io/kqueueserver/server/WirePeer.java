package io.kqueueserver.server;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** A client that sends exactly the bytes of a test, and reads one response at a time. */
final class WirePeer implements AutoCloseable {
  private static final int TIMEOUT_MILLIS = 10_000;

  final Socket socket;
  private final InputStream in;

  private WirePeer(Socket socket) throws IOException {
    this.socket = socket;
    socket.setSoTimeout(TIMEOUT_MILLIS);
    socket.setTcpNoDelay(true);
    this.in = socket.getInputStream();
  }

  /** Speaks on a socket that is connected, perhaps over TLS. */
  static WirePeer on(Socket socket) {
    try {
      return new WirePeer(socket);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Status line and fields, and the body as far as its framing shows its end. */
  record Response(String head, String body) {
    int status() {
      return Integer.parseInt(head.substring(9, 12));
    }

    boolean has(String field) {
      return ("\r\n" + head.toLowerCase(Locale.ROOT))
          .contains("\r\n" + field.toLowerCase(Locale.ROOT) + "\r\n");
    }
  }

  static WirePeer connect(int port) {
    return connect(InetAddress.getLoopbackAddress(), port);
  }

  static WirePeer connect(InetAddress address, int port) {
    try {
      return new WirePeer(new Socket(address, port));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  WirePeer send(String text) {
    return send(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  WirePeer send(byte[] bytes) {
    try {
      socket.getOutputStream().write(bytes);
      socket.getOutputStream().flush();
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Sends a GET for the path. */
  WirePeer get(String path) {
    return send("GET " + path + " HTTP/1.1\r\nHost: test\r\n\r\n");
  }

  WirePeer shutdownOutput() {
    try {
      socket.shutdownOutput();
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads one response to a request that was not HEAD. */
  Response response() {
    return response(true);
  }

  Response response(boolean withBody) {
    try {
      String head = head();
      if (!withBody || head.startsWith("HTTP/1.1 1")) {
        return new Response(head, "");
      }
      String lower = head.toLowerCase(Locale.ROOT);
      if (lower.contains("transfer-encoding: chunked")) {
        return new Response(head, chunked());
      }
      int at = lower.indexOf("content-length: ");
      if (at < 0) {
        return new Response(head, readAll());
      }
      int length = Integer.parseInt(lower.substring(at + 16, lower.indexOf("\r\n", at)));
      return new Response(head, text(in.readNBytes(length)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String head() throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int c = in.read();
      if (c < 0) {
        throw new IOException("end of stream in a head: '" + head + "'");
      }
      head.append((char) c);
    }
    return head.substring(0, head.length() - 2);
  }

  private String chunked() throws IOException {
    StringBuilder body = new StringBuilder();
    while (true) {
      int size = Integer.parseInt(line(), 16);
      if (size == 0) {
        for (String trailer = line(); !trailer.isEmpty(); trailer = line()) {
          body.append('[').append(trailer).append(']');
        }
        return body.toString();
      }
      body.append(text(in.readNBytes(size)));
      line();
    }
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new IOException("end of stream in a line: '" + line + "'");
      }
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }

  /** Everything until the server closes. A reset shows as {@code <reset>}. */
  String readAll() {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    try {
      in.transferTo(all);
    } catch (IOException e) {
      return text(all.toByteArray()) + "<" + reason(e) + ">";
    }
    return text(all.toByteArray());
  }

  private static String reason(IOException e) {
    return String.valueOf(e.getMessage()).contains("reset") ? "reset" : e.getMessage();
  }

  /** Whether the server closes, in order or by reset, within the time-out. */
  boolean isClosedByServer() {
    String rest = readAll();
    return rest.isEmpty() || rest.equals("<reset>");
  }

  /**
   * Whether the server closes, in order or by reset, within the time-out, whatever it says first.
   */
  boolean isClosedAfterAll() {
    return !readAll().contains("timed out>");
  }

  /** Closes so that the server sees RST instead of FIN. */
  void reset() {
    try {
      socket.setSoLinger(true, 0);
      socket.setSoTimeout(1); // an SSLSocket waits so long for the server's close_notify
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  InputStream in() {
    return in;
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }
}
