package io.kqueueserver.spring.autoconfigure;

import org.springframework.boot.context.properties.bind.Binder;

/**
 * The keys directly below {@code kqueue.server}, by subject. Each group is a class of its own with
 * the same prefix; HTTP/2 and WebSocket have prefixes of their own.
 */
record KqueuePropertyGroups(
    KqueueServerProperties server,
    KqueueListenProperties listen,
    KqueueAdmissionProperties admission,
    KqueueTimeoutProperties timeouts,
    KqueueRequestProperties requests,
    KqueueBufferProperties buffers,
    KqueueHttp2Properties http2,
    KqueueWebSocketProperties webSocket) {

  /** Binds every group. Keys that are not set have their defaults. */
  static KqueuePropertyGroups bind(Binder binder) {
    return new KqueuePropertyGroups(
        bind(binder, KqueueServerProperties.class),
        bind(binder, KqueueListenProperties.class),
        bind(binder, KqueueAdmissionProperties.class),
        bind(binder, KqueueTimeoutProperties.class),
        bind(binder, KqueueRequestProperties.class),
        bind(binder, KqueueBufferProperties.class),
        binder.bindOrCreate("kqueue.server.http2", KqueueHttp2Properties.class),
        binder.bindOrCreate("kqueue.server.websocket", KqueueWebSocketProperties.class));
  }

  private static <T> T bind(Binder binder, Class<T> group) {
    return binder.bindOrCreate("kqueue.server", group);
  }
}
