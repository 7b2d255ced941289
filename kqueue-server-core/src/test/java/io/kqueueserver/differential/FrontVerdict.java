package io.kqueueserver.differential;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Judges one stream that a proxy has passed on. The proxy writes id, method and target of each
 * request into a field of its own; a request of this server without such a field, or with the field
 * of another request, was not one for the proxy.
 */
final class FrontVerdict {
  static final String SMUGGLES = "SMUGGLES";

  private FrontVerdict() {}

  /**
   * The verdict on a stream.
   *
   * @param seen lines of what the proxy wrote, a tab, and the request as this server read it
   * @param check what another client got afterwards
   */
  static String of(Reading reading, List<String> seen, String check) {
    Set<String> ids = new HashSet<>();
    for (String line : seen) {
      String[] columns = line.split("\t", 2);
      String[] front = columns[0].split(" ", 3);
      boolean isKnown = front.length == 3 && ids.add(front[0]);
      if (!isKnown || !front[1].equals(columns[1].substring(0, columns[1].indexOf(' ')))) {
        return SMUGGLES;
      }
    }
    if (!check.equals("200 GET /check @check 0: | closes")) {
      return SMUGGLES;
    }
    long served = reading.answers().stream().filter(Difference::isServed).count();
    if (served > seen.size()) {
      return SMUGGLES;
    }
    if (seen.isEmpty()) {
      return "refused before a request was served";
    }
    return served == seen.size() ? "each request served as the proxy sent it" : "broken off";
  }
}
