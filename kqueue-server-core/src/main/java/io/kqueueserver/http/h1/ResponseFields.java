package io.kqueueserver.http.h1;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.HeaderSink;
import io.kqueueserver.http.syntax.FieldSyntax;

/**
 * Takes the application's fields to the wire, except those that frame the message or speak of the
 * connection: these are the server's, so they are only remembered.
 */
final class ResponseFields implements HeaderSink {
  private final HeadWriter out;

  private long contentLength;
  private boolean close;
  private boolean upgrade;
  private boolean date;
  private boolean server;

  ResponseFields(HeadWriter out) {
    this.out = out;
  }

  void begin() {
    contentLength = Exchange.UNKNOWN_LENGTH;
    close = false;
    upgrade = false;
    date = false;
    server = false;
  }

  /** The application's own Content-Length, or {@link Exchange#UNKNOWN_LENGTH}. */
  long contentLength() {
    return contentLength;
  }

  /** The application wants the connection closed. */
  boolean isClose() {
    return close;
  }

  /** There is an Upgrade field, which must be named in Connection (RFC 9110 7.8). */
  boolean hasUpgrade() {
    return upgrade;
  }

  boolean hasDate() {
    return date;
  }

  boolean hasServer() {
    return server;
  }

  @Override
  public void field(String name, String value) {
    switch (name.length()) {
      case 4 -> date |= name.equalsIgnoreCase("Date");
      case 6 -> server |= name.equalsIgnoreCase("Server");
      case 7 -> upgrade |= name.equalsIgnoreCase("Upgrade");
      case 10 -> {
        if (name.equalsIgnoreCase("Connection")) {
          close |= hasOption(value, "close");
          return;
        }
        if (name.equalsIgnoreCase("Keep-Alive")) {
          return;
        }
      }
      case 14 -> {
        if (name.equalsIgnoreCase("Content-Length")) {
          contentLength(value);
          return;
        }
      }
      case 16 -> {
        if (name.equalsIgnoreCase("Proxy-Connection")) {
          return;
        }
      }
      case 17 -> {
        if (name.equalsIgnoreCase("Transfer-Encoding")) {
          return;
        }
      }
      default -> {}
    }
    out.field(name, value);
  }

  private void contentLength(String value) {
    long length = FieldSyntax.contentLength(value);
    if (contentLength != Exchange.UNKNOWN_LENGTH && contentLength != length) {
      throw new IllegalArgumentException(
          "two values of Content-Length: " + contentLength + " and " + length);
    }
    contentLength = length;
  }

  private static boolean hasOption(String value, String option) {
    int from = 0;
    while (from <= value.length()) {
      int comma = value.indexOf(',', from);
      int to = comma < 0 ? value.length() : comma;
      if (value.substring(from, to).strip().equalsIgnoreCase(option)) {
        return true;
      }
      from = to + 1;
    }
    return false;
  }
}
