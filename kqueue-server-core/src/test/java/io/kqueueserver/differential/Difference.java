package io.kqueueserver.differential;

import java.util.List;

/** How two servers differ on one stream, if another server stands in front of this one. */
enum Difference {
  NONE("the same reading"),
  STATUS("both refuse, with another status"),
  THIS_REFUSES("only the other server serves it"),
  THIS_SERVES("only this server serves it"),
  THIS_CLOSES("only this server closes behind it"),
  OTHER_CLOSES("only the other server closes behind it"),
  NAMES("the same requests, target or host written otherwise"),
  WAITS("one server refuses at once what the other waits for"),
  SMUGGLES("the servers disagree on where a request ends");

  private final String sentence;

  Difference(String sentence) {
    this.sentence = sentence;
  }

  String sentence() {
    return sentence;
  }

  /** Compares the answers in their order, up to the end of the shorter reading. */
  static Difference of(Reading front, Reading ours) {
    Difference found = NONE;
    for (int i = 0; ; i++) {
      String one = at(front, i);
      String two = at(ours, i);
      if (one.isEmpty() || two.isEmpty()) {
        return end(found, front, ours, one, two);
      }
      if (isServed(one) && isServed(two)) {
        if (!boundaries(one).equals(boundaries(two))) {
          return SMUGGLES;
        }
        found = one.equals(two) ? found : NAMES;
      } else {
        found = one.equals(two) ? found : refusal(one, two);
        if ((isLast(front, i) && !isServed(one)) || (isLast(ours, i) && !isServed(two))) {
          return found;
        }
      }
    }
  }

  /** One of the answers, or both, are refusals. What follows them is compared, too. */
  private static Difference refusal(String one, String two) {
    return isServed(one) ? THIS_REFUSES : isServed(two) ? THIS_SERVES : STATUS;
  }

  /** At least one server has no further answer. */
  private static Difference end(
      Difference found, Reading front, Reading ours, String one, String two) {
    boolean frontWaits = one.isEmpty() && front.end().equals("waits");
    boolean oursWaits = two.isEmpty() && ours.end().equals("waits");
    if (isServed(one) || isServed(two)) {
      return frontWaits || oursWaits ? SMUGGLES : isServed(one) ? THIS_CLOSES : OTHER_CLOSES;
    }
    if (frontWaits != oursWaits) {
      return WAITS;
    }
    return one.equals(two) ? found : STATUS;
  }

  private static String at(Reading reading, int index) {
    return index < reading.answers().size() ? reading.answers().get(index) : "";
  }

  private static boolean isLast(Reading reading, int index) {
    return index >= reading.answers().size() - 1;
  }

  /** Whether the handler has seen the request: a refusal is a status alone. */
  static boolean isServed(String answer) {
    return answer.matches("\\d+ .*") || answer.equals("M") || answer.equals("L");
  }

  /** What is left without target and authority: method, and the body. */
  private static List<String> boundaries(String answer) {
    int space = answer.indexOf(' ', 4);
    if (space < 0) {
      return List.of(answer);
    }
    int at = answer.indexOf(" @");
    return List.of(answer.substring(4, space), answer.substring(answer.indexOf(' ', at + 1)));
  }
}
