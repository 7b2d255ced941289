package io.kqueueserver.server.h2;

import io.kqueueserver.stats.CurrentRequest;
import io.kqueueserver.stats.StreamFlow;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The request of a stream with the stream's flow, copied for an observer.
 *
 * @param request the request of the exchange or of the switched stream
 */
record ObservedStream(CurrentRequest request, StreamFlow flow) implements CurrentRequest {
  /** Copies the values of a stream while its loop goes on. They need not be of one moment. */
  static ObservedStream of(CurrentRequest request, Http2Stream stream) {
    StreamInput input = stream.input;
    return new ObservedStream(
        request,
        new StreamFlow(
            stream.state().name().toLowerCase(Locale.ROOT).replace('_', '-'),
            input == null ? 0 : input.receivedBytes(),
            stream.sentBytes(),
            stream.queue.bytes(),
            stream.send.available(),
            input == null || !stream.isReceiving() ? null : input.windowBytes()));
  }

  @Override
  public long streamId() {
    return request.streamId();
  }

  @Override
  public String method() {
    return request.method();
  }

  @Override
  public String path() {
    return request.path();
  }

  @Override
  public long startedNanos() {
    return request.startedNanos();
  }

  @Override
  public @Nullable String handler() {
    return request.handler();
  }

  @Override
  public @Nullable String protocol() {
    return request.protocol();
  }
}
