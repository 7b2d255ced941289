package io.kqueueserver.server;

import io.kqueueserver.http.RequestHead;
import io.kqueueserver.stats.CurrentRequest;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A request as observers see it.
 *
 * @param streamId the number of its stream, or {@link CurrentRequest#NO_STREAM}
 * @param handledBy names the application's handler; null while the application has not said
 * @param protocol name of the protocol after a switch; null before
 */
record ObservedRequest(
    RequestHead head,
    long streamId,
    long startedNanos,
    @Nullable Supplier<@Nullable String> handledBy,
    @Nullable String protocol)
    implements CurrentRequest {
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
    try {
      return handledBy == null ? null : handledBy.get();
    } catch (RuntimeException e) {
      return null; // an observer's question must not fail for what an application put there
    }
  }
}
