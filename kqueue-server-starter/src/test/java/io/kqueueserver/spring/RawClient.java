package io.kqueueserver.spring;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A client that shows every byte: what it sends and when it closes is up to the test. */
final class RawClient implements AutoCloseable {
  private final Socket socket;

  RawClient(int port) {
    try {
      socket = new Socket("localhost", port);
      socket.setSoTimeout(10_000);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  RawClient send(String text) {
    try {
      socket.getOutputStream().write(text.replace("\n", "\r\n").getBytes(StandardCharsets.UTF_8));
      socket.getOutputStream().flush();
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads until the text has been seen, and returns all that was read. */
  String readUntil(String text) {
    StringBuilder read = new StringBuilder();
    String wanted = text.replace("\n", "\r\n");
    try {
      InputStream in = socket.getInputStream();
      while (read.indexOf(wanted) < 0) {
        int octet = in.read();
        if (octet < 0) {
          throw new AssertionError("connection closed after: " + read);
        }
        read.append((char) octet);
      }
      return read.toString();
    } catch (IOException e) {
      throw new UncheckedIOException("after " + read, e);
    }
  }

  /** Everything up to the end of the connection. */
  String readAll() {
    try {
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void closeSendingSide() {
    try {
      socket.shutdownOutput();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Closes with RST instead of FIN. */
  void abort() {
    try {
      socket.setSoLinger(true, 0);
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
