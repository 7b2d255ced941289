package io.kqueueserver.sample;

import org.springframework.http.HttpStatus;
import org.springframework.web.server.ResponseStatusException;

/** Bounds on what a visitor may ask for; beyond them the answer is 400 and says which. */
final class Inputs {
  private Inputs() {}

  static long between(String name, long value, long min, long max) {
    if (value < min || value > max) {
      throw badRequest("%s is %d; it must be from %d to %d".formatted(name, value, min, max));
    }
    return value;
  }

  static String atMost(String name, String value, int maxLength) {
    if (value.length() > maxLength) {
      throw badRequest(
          "%s has %d characters; at most %d are taken".formatted(name, value.length(), maxLength));
    }
    return value;
  }

  private static ResponseStatusException badRequest(String message) {
    return new ResponseStatusException(HttpStatus.BAD_REQUEST, message);
  }
}
