package io.kqueueserver.http.h2;

import java.util.Locale;

/** The error codes of RST_STREAM and GOAWAY (RFC 9113 7); the ordinal is the code. */
public enum ErrorCode {
  NO_ERROR,
  PROTOCOL_ERROR,
  INTERNAL_ERROR,
  FLOW_CONTROL_ERROR,
  SETTINGS_TIMEOUT,
  STREAM_CLOSED,
  FRAME_SIZE_ERROR,
  REFUSED_STREAM,
  CANCEL,
  COMPRESSION_ERROR,
  CONNECT_ERROR,
  ENHANCE_YOUR_CALM,
  INADEQUATE_SECURITY,
  HTTP_1_1_REQUIRED;

  private static final ErrorCode[] CODES = values();

  /** The 32-bit code as frames carry it. */
  public int number() {
    return ordinal();
  }

  /** The constant of a received code; INTERNAL_ERROR stands for unknown ones (RFC 9113 7). */
  public static ErrorCode of(int number) {
    return isKnown(number) ? CODES[number] : INTERNAL_ERROR;
  }

  /** A received code for logs: its name, or the number of an unknown one. */
  public static String text(int number) {
    return isKnown(number) ? CODES[number].name() : String.format(Locale.ROOT, "0x%x", number);
  }

  private static boolean isKnown(int number) {
    return number >= 0 && number < CODES.length;
  }
}
