package io.kqueueserver.http.h2;

import static io.kqueueserver.http.h2.ErrorCode.PROTOCOL_ERROR;

/**
 * Meaning of the payloads that are gathered before they are read: of every frame type but DATA,
 * HEADERS and CONTINUATION. Each method calls the {@link FrameSink} or throws what the payload
 * deserves.
 */
final class ShortFrames {
  private final FrameSink sink;

  ShortFrames(FrameSink sink) {
    this.sink = sink;
  }

  /** A frame of a fixed size, or the first eight bytes of GOAWAY. */
  void fixed(FrameType type, int flags, int streamId, Octets payload) {
    switch (type) {
      case PRIORITY -> priority(streamId, payload.uint31(0));
      case RST_STREAM -> sink.rstStream(streamId, payload.int32(0));
      case PING -> sink.ping(payload.int64(0), FrameFlags.isSet(flags, FrameFlags.ACK));
      case GOAWAY -> sink.goAway(payload.uint31(0), payload.int32(4));
      case WINDOW_UPDATE -> windowUpdate(streamId, payload.uint31(0));
      default -> throw new IllegalStateException(type + " has no fixed size");
    }
  }

  private void priority(int streamId, int dependency) {
    if (dependency == streamId) {
      throw Http2Exception.selfDependency(streamId);
    }
    sink.priority(streamId, dependency);
  }

  private void windowUpdate(int streamId, int increment) {
    if (increment == 0) {
      throw Http2Exception.scoped(streamId, PROTOCOL_ERROR, "WINDOW_UPDATE by 0");
    }
    sink.windowUpdate(streamId, increment);
  }

  /** One parameter of SETTINGS. */
  void setting(Octets parameter) {
    sink.setting(parameter.int32(0) >>> 16, parameter.uint32(2));
  }

  /**
   * PRIORITY_UPDATE.
   *
   * @param payload the whole capacity is read
   * @param whole false if the payload on the wire is longer: its priority is the default one
   */
  void priorityUpdate(Octets payload, boolean whole) {
    int prioritized = payload.uint31(0);
    if (prioritized == 0) {
      throw Http2Exception.connection(PROTOCOL_ERROR, "PRIORITY_UPDATE of stream 0");
    }
    sink.priorityUpdate(
        prioritized,
        whole
            ? Priority.parse(payload.bytes(), Integer.BYTES, payload.capacity())
            : Priority.DEFAULT);
  }
}
