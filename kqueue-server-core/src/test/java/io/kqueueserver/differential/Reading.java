package io.kqueueserver.differential;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What a server made of the octets of one connection: its answers in their order, and the end. An
 * answer is a status, followed by the request as the handler saw it ({@code 200 POST /t @x
 * 5:hello}); {@code M} and {@code L} stand for the answers to the two requests behind each row.
 *
 * @param end {@code closes}, or {@code waits} for more octets
 */
public record Reading(List<String> answers, String end) {
  /** The field in which the handler shows a request. */
  public static final String FIELD = "X-Read";

  private static final String MARKER = "200 GET /marker @marker 0:";
  private static final String LAST = "200 GET /last @marker 0:";
  private static final int LONGEST = 60;
  private static final int DEADLINE_MILLIS = 10_000;

  /** A request in the form of {@link #FIELD}. */
  public static String show(String method, String target, String authority, byte[] body) {
    String text = new String(body, StandardCharsets.ISO_8859_1);
    return printable(method)
        + " "
        + printable(target)
        + " @"
        + printable(authority)
        + " "
        + body.length
        + ":"
        + printable(text);
  }

  private static String printable(String text) {
    StringBuilder out = new StringBuilder();
    for (char c : text.substring(0, Math.min(text.length(), LONGEST)).toCharArray()) {
      if (c == '\r' || c == '\n') {
        out.append(c == '\r' ? "\\r" : "\\n");
      } else if (c < ' ' || c > '~') {
        out.append(String.format("\\x%02x", (int) c));
      } else {
        out.append(c);
      }
    }
    return text.length() > LONGEST ? out + "...(" + text.length() + ")" : out.toString();
  }

  /** Sends the octets, ends the output, and reads until the server closes. */
  static Reading ofHalfClosed(int port, byte[] octets) throws IOException {
    return of(port, octets, true, DEADLINE_MILLIS);
  }

  /** Sends the octets and reads until the server closes, or says nothing for a while. */
  static Reading of(int port, byte[] octets, int quietMillis) throws IOException {
    return of(port, octets, false, quietMillis);
  }

  private static Reading of(int port, byte[] octets, boolean halfClose, int quietMillis)
      throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    boolean isClosed = true;
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(quietMillis);
      send(socket, octets, halfClose);
      InputStream in = socket.getInputStream();
      byte[] piece = new byte[8192];
      try {
        for (int read = in.read(piece); read >= 0; read = in.read(piece)) {
          all.write(piece, 0, read);
        }
      } catch (SocketTimeoutException e) {
        isClosed = false;
      } catch (IOException e) {
        // A reset is a close.
      }
    }
    List<Answer> answers = Answer.parse(all.toString(StandardCharsets.ISO_8859_1));
    boolean closes = isClosed && (!halfClose || answers.stream().anyMatch(Answer::isLast));
    return new Reading(answers.stream().map(Answer::text).toList(), closes ? "closes" : "waits");
  }

  private static void send(Socket socket, byte[] octets, boolean halfClose) {
    try {
      socket.getOutputStream().write(octets);
      if (halfClose) {
        socket.shutdownOutput();
      }
    } catch (IOException e) {
      // The server has refused the rest; its answer is read.
    }
  }

  @Override
  public String toString() {
    return String.join(" | ", answers) + (answers.isEmpty() ? "" : " | ") + end;
  }

  /** One final response. */
  private record Answer(String text, boolean isLast) {
    static List<Answer> parse(String all) {
      List<Answer> answers = new ArrayList<>();
      int at = 0;
      while (at < all.length()) {
        int end = all.indexOf("\r\n\r\n", at);
        if (!all.startsWith("HTTP/1.", at) || end < 0) {
          answers.add(new Answer("not HTTP", true));
          return answers;
        }
        String head = all.substring(at, end + 2);
        at = end + 4;
        int status = Integer.parseInt(head, 9, 12, 10);
        if (status >= 200 || status == 101) {
          answers.add(of(status, head));
          at = hasBody(status, head) ? endOfBody(all, head, at) : at;
        }
      }
      return answers;
    }

    private static Answer of(int status, String head) {
      String read = field(head, FIELD);
      String text = (status + " " + read).strip();
      String shown = text.equals(MARKER) ? "M" : text.equals(LAST) ? "L" : text;
      boolean closes = field(head, "Connection").toLowerCase(Locale.ROOT).contains("close");
      return new Answer(shown, closes);
    }

    private static boolean hasBody(int status, String head) {
      boolean isHead = field(head, FIELD).startsWith("HEAD ");
      return !isHead && status >= 200 && status != 204 && status != 304;
    }

    private static int endOfBody(String all, String head, int from) {
      if (all.startsWith("HTTP/1.", from)) {
        return from; // an error in answer to HEAD
      }
      String length = field(head, "Content-Length");
      if (!length.isEmpty()) {
        return Math.min(all.length(), from + Integer.parseInt(length));
      }
      if (!field(head, "Transfer-Encoding").isEmpty()) {
        int end = all.indexOf("0\r\n\r\n", from);
        return end < 0 ? all.length() : end + 5;
      }
      return all.length();
    }

    private static String field(String head, String name) {
      for (String line : head.split("\r\n", -1)) {
        if (line.regionMatches(true, 0, name + ":", 0, name.length() + 1)) {
          return line.substring(name.length() + 1).strip();
        }
      }
      return "";
    }
  }
}
