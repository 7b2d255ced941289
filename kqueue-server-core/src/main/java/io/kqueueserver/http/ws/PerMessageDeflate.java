package io.kqueueserver.http.ws;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The agreement of a session on permessage-deflate (RFC 7692 7.1). Immutable.
 *
 * @param serverNoContextTakeover whether the server begins each message with an empty window
 * @param clientNoContextTakeover whether the client does
 * @param serverMaxWindowBits the power of two that no distance of the server exceeds, 8 to 15; null
 *     if the client has not requested one
 * @param clientMaxWindowBits the same for the client; null if it named none
 */
public record PerMessageDeflate(
    boolean serverNoContextTakeover,
    boolean clientNoContextTakeover,
    @Nullable Integer serverMaxWindowBits,
    @Nullable Integer clientMaxWindowBits) {

  /** A message of fewer bytes is not worth compressing. */
  static final int MIN_COMPRESSED_BYTES = 256;

  static final int MAX_WINDOW_BITS = 15;

  private static final String TOKEN = "permessage-deflate";
  private static final String SERVER_NO_CONTEXT_TAKEOVER = "server_no_context_takeover";
  private static final String CLIENT_NO_CONTEXT_TAKEOVER = "client_no_context_takeover";
  private static final String SERVER_MAX_WINDOW_BITS = "server_max_window_bits";
  private static final String CLIENT_MAX_WINDOW_BITS = "client_max_window_bits";

  /**
   * Takes the first offer that the server can fulfil.
   *
   * @param lines every value of {@code Sec-WebSocket-Extensions}, in order
   * @param contextTakeover whether messages may share a window, if the client wants it
   * @return null if there is no such offer; the session is not compressed then
   * @throws io.kqueueserver.http.HttpException 400 if the field is malformed
   */
  public static @Nullable PerMessageDeflate negotiate(List<String> lines, boolean contextTakeover) {
    for (Extension offer : Extension.parse(lines)) {
      PerMessageDeflate agreed = offer.name().equals(TOKEN) ? accept(offer, contextTakeover) : null;
      if (agreed != null) {
        return agreed;
      }
    }
    return null;
  }

  /** Null to decline: a parameter is unknown, twice there, or has a value it cannot have. */
  private static @Nullable PerMessageDeflate accept(Extension offer, boolean contextTakeover) {
    Set<String> seen = new HashSet<>();
    boolean serverNone = !contextTakeover;
    boolean clientNone = !contextTakeover;
    Integer serverBits = null;
    Integer clientBits = null;
    for (Extension.Parameter parameter : offer.parameters()) {
      String value = parameter.value();
      boolean legal = seen.add(parameter.name());
      switch (parameter.name()) {
        case SERVER_NO_CONTEXT_TAKEOVER -> {
          legal &= value == null;
          serverNone = true;
        }
        case CLIENT_NO_CONTEXT_TAKEOVER -> {
          legal &= value == null;
          clientNone = true;
        }
        case SERVER_MAX_WINDOW_BITS -> {
          serverBits = value == null ? null : windowBits(value);
          legal &= serverBits != null;
        }
        case CLIENT_MAX_WINDOW_BITS -> {
          clientBits = value == null ? null : windowBits(value);
          legal &= value == null || clientBits != null;
        }
        default -> legal = false;
      }
      if (!legal) {
        return null;
      }
    }
    return new PerMessageDeflate(serverNone, clientNone, serverBits, clientBits);
  }

  /** A decimal number from 8 to 15 without leading zeros; null for anything else. */
  private static @Nullable Integer windowBits(String value) {
    return switch (value) {
      case "8", "9", "10", "11", "12", "13", "14", "15" -> Integer.valueOf(value);
      default -> null;
    };
  }

  /** The value of {@code Sec-WebSocket-Extensions} in the answer. */
  public String answer() {
    StringBuilder answer = new StringBuilder(TOKEN);
    if (serverNoContextTakeover) {
      answer.append("; ").append(SERVER_NO_CONTEXT_TAKEOVER);
    }
    if (clientNoContextTakeover) {
      answer.append("; ").append(CLIENT_NO_CONTEXT_TAKEOVER);
    }
    if (serverMaxWindowBits != null) {
      answer.append("; ").append(SERVER_MAX_WINDOW_BITS).append('=').append(serverMaxWindowBits);
    }
    if (clientMaxWindowBits != null) {
      answer.append("; ").append(CLIENT_MAX_WINDOW_BITS).append('=').append(clientMaxWindowBits);
    }
    return answer.toString();
  }
}
