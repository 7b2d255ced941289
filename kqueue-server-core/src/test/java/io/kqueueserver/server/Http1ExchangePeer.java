package io.kqueueserver.server;

import io.kqueueserver.http.contract.ExchangePeer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import javax.net.ssl.SSLSocket;

/**
 * An HTTP/1.1 client of one exchange, which takes nothing for complete that its framing does not.
 */
final class Http1ExchangePeer implements ExchangePeer {
  private static final int TIMEOUT_MILLIS = 10_000;

  private final Socket socket;
  private final InputStream in;
  private final String method;
  private final boolean chunked;

  Http1ExchangePeer(Socket socket, String method, boolean chunked) {
    this.socket = socket;
    this.method = method;
    this.chunked = chunked;
    try {
      socket.setSoTimeout(TIMEOUT_MILLIS);
      socket.setTcpNoDelay(true);
      in = socket.getInputStream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void send(byte[] bytes) {
    try {
      socket.getOutputStream().write(bytes);
      socket.getOutputStream().flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void send(String text) {
    send(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  @Override
  public void sendBody(String piece) {
    send(chunked ? Integer.toHexString(piece.length()) + "\r\n" + piece + "\r\n" : piece);
  }

  @Override
  public void endBody(String... trailers) {
    if (chunked) {
      StringBuilder end = new StringBuilder("0\r\n");
      for (String trailer : trailers) {
        end.append(trailer).append("\r\n");
      }
      send(end.append("\r\n").toString());
    }
  }

  @Override
  public int interim() {
    try {
      int status = status(line());
      readFields();
      return status;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int status(String line) {
    return Integer.parseInt(line.substring(9, 12));
  }

  @Override
  public Answer answer() {
    int status = 0;
    Map<String, String> fields = Map.of();
    List<String> trailers = new ArrayList<>();
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    End end = End.COMPLETE;
    try {
      while (status < 200) { // informational ones are passed over
        status = status(line());
        fields = readFields();
      }
      boolean bodyless = method.equals("HEAD") || status == 204 || status == 304;
      if (!bodyless && "chunked".equals(fields.get("transfer-encoding"))) {
        readChunks(body, trailers);
      } else if (!bodyless) {
        readExactly(body, Long.parseLong(fields.get("content-length")));
      }
    } catch (IOException e) {
      end = End.BROKEN;
    }
    boolean gzip = "gzip".equals(fields.get("content-encoding"));
    String text = gzip ? plain(body.toByteArray()) : text(body.toByteArray());
    return new Answer(status, fields, text, trailers, end);
  }

  /** As much of it as came. */
  private static String plain(byte[] coded) {
    ByteArrayOutputStream plain = new ByteArrayOutputStream();
    if (coded.length > 0) {
      try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(coded))) {
        byte[] some = new byte[8_192];
        for (int n; (n = in.read(some)) >= 0; ) {
          plain.write(some, 0, n);
        }
      } catch (IOException e) {
        // Broken off: what was plain before is the answer.
      }
    }
    return text(plain.toByteArray());
  }

  private Map<String, String> readFields() throws IOException {
    Map<String, String> fields = new LinkedHashMap<>();
    for (String line = line(); !line.isEmpty(); line = line()) {
      int colon = line.indexOf(':');
      fields.merge(
          line.substring(0, colon).toLowerCase(Locale.ROOT),
          line.substring(colon + 1).strip(),
          (first, next) -> first + "," + next);
    }
    return fields;
  }

  private void readChunks(ByteArrayOutputStream body, List<String> trailers) throws IOException {
    for (int size = Integer.parseInt(line(), 16); size > 0; size = Integer.parseInt(line(), 16)) {
      readExactly(body, size);
      line();
    }
    readFields().forEach((name, value) -> trailers.add(name + ": " + value));
  }

  private void readExactly(ByteArrayOutputStream body, long length) throws IOException {
    byte[] some = new byte[64 * 1024];
    for (long left = length; left > 0; ) {
      int n = in.read(some, 0, (int) Math.min(left, some.length));
      if (n < 0) {
        throw new EOFException(left + " bytes are missing");
      }
      body.write(some, 0, n);
      left -= n;
    }
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new EOFException("in a line: " + line);
      }
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  /** With a reset, but over TLS, whose socket may be closed in good order only. */
  @Override
  public void disappear() {
    try {
      if (!(socket instanceof SSLSocket)) {
        socket.setSoLinger(true, 0);
      }
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
