package io.kqueueserver.spring.http;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.reactivestreams.Publisher;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * The responses of one server that send events (text/event-stream), so that a shutdown can end them
 * between two events. A client of such a stream connects again, and does so to another process. Any
 * thread.
 */
public final class EventStreams {
  private final Set<MonoSink<Void>> open = ConcurrentHashMap.newKeySet();
  private volatile boolean ended;

  /** Streams are not ended from now on: the server has started. */
  public void begin() {
    ended = false;
  }

  /** Ends all streams behind the event that they are sending, and further ones at once. */
  public void end() {
    ended = true;
    open.forEach(MonoSink::success);
  }

  /** Number of streams that {@link #end} would end now. */
  public int count() {
    return open.size();
  }

  /** The groups of a body, each of which is one event. They end early if the streams are ended. */
  <T> Publisher<? extends T> endable(HttpHeaders fields, Publisher<? extends T> groups) {
    return isEventStream(fields) ? Flux.<T>from(groups).takeUntilOther(ending()) : groups;
  }

  private static boolean isEventStream(HttpHeaders fields) {
    String type = fields.getFirst(HttpHeaders.CONTENT_TYPE);
    return type != null
        && type.regionMatches(
            true,
            0,
            MediaType.TEXT_EVENT_STREAM_VALUE,
            0,
            MediaType.TEXT_EVENT_STREAM_VALUE.length());
  }

  private Mono<Void> ending() {
    return Mono.create(
        sink -> {
          open.add(sink);
          sink.onDispose(() -> open.remove(sink));
          if (ended) {
            sink.success();
          }
        });
  }
}
