package io.kqueueserver.http.ws;

/**
 * Checks values of options. It is a class of its own because the records of options have defaults
 * of each other: a check inside one of them would begin that one in the middle of another.
 */
final class OptionBounds {
  private OptionBounds() {}

  static void require(String option, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          "websocket." + option + " is " + value + "; it must be from " + least + " to " + most);
    }
  }
}
