package io.kqueueserver.server;

import io.kqueueserver.http.RequestHead;
import io.kqueueserver.stats.CurrentRequest;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The observers' view of a request.
 *
 * @param streamId the number of the stream, or {@link CurrentRequest#NO_STREAM}
 * @param handledBy supplies the name of the application's handler; null before it is known
 * @param protocol name of the protocol after a switch; null before
 * @param lastPongNanos when the peer sent the last Pong, or {@link CurrentRequest#NO_PONG}
 */
record ObservedRequest(
    RequestHead head,
    long streamId,
    long startedNanos,
    @Nullable Supplier<@Nullable String> handledBy,
    @Nullable String protocol,
    long lastPongNanos)
    implements CurrentRequest {
  /** 32: most characters of a protocol's name, which may come from a client. */
  private static final int MAX_NAME = 32;

  /** A request whose peer has sent no Pong. */
  static ObservedRequest of(
      RequestHead head,
      long streamId,
      long startedNanos,
      @Nullable Supplier<@Nullable String> handledBy,
      @Nullable String protocol) {
    return new ObservedRequest(head, streamId, startedNanos, handledBy, protocol, NO_PONG);
  }

  ObservedRequest with(long lastPong) {
    return new ObservedRequest(head, streamId, startedNanos, handledBy, protocol, lastPong);
  }

  /** The first protocol that the request offers to switch to. */
  static String offered(RequestHead head) {
    String offered = head.headers().first("Upgrade");
    if (offered == null) {
      return head.method().equals("CONNECT") ? "tunnel" : "upgraded";
    }
    int end = 0;
    while (end < Math.min(offered.length(), MAX_NAME) && " ,".indexOf(offered.charAt(end)) < 0) {
      end++;
    }
    return offered.substring(0, end);
  }

  @Override
  public String method() {
    return head.method();
  }

  @Override
  public String path() {
    String target = head.path();
    int query = target.indexOf('?');
    return query < 0 ? target : target.substring(0, query);
  }

  @Override
  public @Nullable String handler() {
    return name(handledBy);
  }

  /** The name as it is now: a supplier may refer to all that an application keeps of a request. */
  static @Nullable Supplier<@Nullable String> asOfNow(
      @Nullable Supplier<@Nullable String> handledBy) {
    String name = name(handledBy);
    return name == null ? null : () -> name;
  }

  private static @Nullable String name(@Nullable Supplier<@Nullable String> handledBy) {
    try {
      return handledBy == null ? null : handledBy.get();
    } catch (RuntimeException e) {
      return null; // an observer must not fail because the application's supplier throws
    }
  }
}
