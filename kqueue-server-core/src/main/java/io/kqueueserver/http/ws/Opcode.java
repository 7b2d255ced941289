package io.kqueueserver.http.ws;

import org.jspecify.annotations.Nullable;

/** The kinds of frames (RFC 6455 11.8); every other number is reserved. */
public enum Opcode {
  CONTINUATION(0),
  TEXT(1),
  BINARY(2),
  CLOSE(8),
  PING(9),
  PONG(10);

  private static final @Nullable Opcode[] BY_NUMBER = new Opcode[16];

  static {
    for (Opcode opcode : values()) {
      BY_NUMBER[opcode.number] = opcode;
    }
  }

  private final int number;

  Opcode(int number) {
    this.number = number;
  }

  /** The opcode of that number, 0 to 15; null if the number is reserved. */
  static @Nullable Opcode of(int number) {
    return BY_NUMBER[number];
  }

  int number() {
    return number;
  }

  /** Whether frames of this kind may stand between the fragments of a message. */
  public boolean isControl() {
    return number >= CLOSE.number;
  }
}
