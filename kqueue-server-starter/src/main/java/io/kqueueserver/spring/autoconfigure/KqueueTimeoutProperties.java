package io.kqueueserver.spring.autoconfigure;

import io.kqueueserver.server.Pace;
import io.kqueueserver.server.StreamOptions;
import io.kqueueserver.server.Timeouts;
import io.kqueueserver.spring.InvalidSettingException;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Bounds on the time that a client may keep a connection waiting.
 *
 * @param idleTimeout How long a connection may stay open between two requests.
 * @param requestHeaderTimeout How long a client may take from the first byte of a request to the
 *     end of its header.
 * @param bodyTimeout How long a client may send nothing of a request body that the application
 *     waits for.
 * @param maxRequestBodyTime How long the application may wait for one request body in all. Zero
 *     means no limit, as large uploads may take long.
 * @param maxRequestTime How long a request may take from the end of its header to the end of its
 *     response. Streams of events end then, too. Zero means no limit.
 * @param handlerTimeout How long a handler may take to begin its response. Zero means no limit.
 * @param writeTimeout How long a client may take nothing of a response while bytes wait to be sent.
 * @param streamIdleTimeout Time without a byte in either direction after which a switched
 *     connection is reset.
 * @param streamDrainTimeout Time that a switched connection has to end once the server drains or
 *     the connection is older than max-connection-age, before it is reset.
 */
@ConfigurationProperties("kqueue.server")
public record KqueueTimeoutProperties(
    @DefaultValue("60s") Duration idleTimeout,
    @DefaultValue("15s") Duration requestHeaderTimeout,
    @DefaultValue("30s") Duration bodyTimeout,
    @DefaultValue("0") Duration maxRequestBodyTime,
    @DefaultValue("0") Duration maxRequestTime,
    @DefaultValue("0") Duration handlerTimeout,
    @DefaultValue("60s") Duration writeTimeout,
    @DefaultValue("60s") Duration streamIdleTimeout,
    @DefaultValue("10s") Duration streamDrainTimeout) {

  Timeouts toTimeouts() {
    return new Timeouts(idleTimeout, requestHeaderTimeout, bodyTimeout, writeTimeout);
  }

  Pace toPace(KqueueServerProperties server) {
    KqueueRequestRateProperties rate = server.getRequestRate();
    try {
      return Pace.DEFAULTS
          .requests(rate.toRate())
          .excludedPaths(rate.getExcludedPaths())
          .responses(server.getResponseRate().toRate())
          .maxBodyTime(maxRequestBodyTime)
          .maxRequestTime(maxRequestTime)
          .handlerTimeout(handlerTimeout);
    } catch (IllegalArgumentException e) {
      throw new InvalidSettingException(
          "kqueue.server.request-rate.excluded-paths",
          String.join(",", rate.getExcludedPaths()),
          "paths that begin with /");
    }
  }

  StreamOptions toStreams() {
    return new StreamOptions(streamIdleTimeout, streamDrainTimeout);
  }
}
