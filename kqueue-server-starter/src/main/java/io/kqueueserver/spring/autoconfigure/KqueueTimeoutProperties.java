package io.kqueueserver.spring.autoconfigure;

import io.kqueueserver.server.StreamOptions;
import io.kqueueserver.server.Timeouts;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How long a client may keep a connection waiting.
 *
 * @param idleTimeout How long a connection may stay open between two requests.
 * @param requestHeaderTimeout How long a client may take from the first byte of a request to the
 *     end of its header.
 * @param bodyTimeout How long a client may send nothing of a request body the application waits
 *     for.
 * @param writeTimeout How long a client may take nothing of a response while bytes wait to be sent.
 * @param streamIdleTimeout Time without a byte in either direction after which a switched
 *     connection is reset.
 * @param streamDrainTimeout Time that a switched connection has to end once the server drains,
 *     before it is reset.
 */
@ConfigurationProperties("kqueue.server")
public record KqueueTimeoutProperties(
    @DefaultValue("60s") Duration idleTimeout,
    @DefaultValue("15s") Duration requestHeaderTimeout,
    @DefaultValue("30s") Duration bodyTimeout,
    @DefaultValue("60s") Duration writeTimeout,
    @DefaultValue("60s") Duration streamIdleTimeout,
    @DefaultValue("10s") Duration streamDrainTimeout) {

  Timeouts toTimeouts() {
    return new Timeouts(idleTimeout, requestHeaderTimeout, bodyTimeout, writeTimeout);
  }

  StreamOptions toStreams() {
    return new StreamOptions(streamIdleTimeout, streamDrainTimeout);
  }
}
