package io.kqueueserver.actuate;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The id of one connection of one run: server, loop, slot and generation, as in {@code
 * main-0-17-3}. Unlike a descriptor, an id is never used again, because the generation increases
 * with every use of the slot.
 */
record ConnectionId(String server, int loop, int slot, int generation) {
  private static final Pattern FORM =
      Pattern.compile("(.{1,64})-(\\d{1,4})-(\\d{1,9})-(\\d{1,10})");

  static ConnectionId of(String server, int loop, long udata) {
    return new ConnectionId(server, loop, (int) udata, (int) (udata >>> 32));
  }

  /** Parses an id. Returns null if the text is malformed. */
  static @Nullable ConnectionId parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      return null;
    }
    long generation = Long.parseLong(matcher.group(4));
    return generation > 0xffff_ffffL
        ? null
        : new ConnectionId(
            matcher.group(1),
            Integer.parseInt(matcher.group(2)),
            Integer.parseInt(matcher.group(3)),
            (int) generation);
  }

  long udata() {
    return ((long) generation << 32) | slot;
  }

  @Override
  public String toString() {
    return server + "-" + loop + "-" + slot + "-" + Integer.toUnsignedString(generation);
  }
}
