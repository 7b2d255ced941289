package io.kqueueserver.spring.autoconfigure;

import io.kqueueserver.http.Http1Options;
import io.kqueueserver.http.Limits;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * Bounds on one request, and the strictness of its parser.
 *
 * @param maxRequestLineSize Maximum size of the request line.
 * @param maxHeaderCount Maximum number of header fields in a request.
 * @param maxRequestBodySize Maximum size of a request body. A negative value means no limit, as
 *     bodies are streamed.
 * @param maxUnreadBodySize Maximum size of the rest of a request body that the server reads to keep
 *     the connection. If the rest may be longer, and the application has not begun to read it, the
 *     response announces that the connection closes.
 * @param maxDiscardSize Hardening: maximum number of bytes of a request body that are read and
 *     dropped after the response is complete. A client that sends more and reads late loses the
 *     response. A negative value means no limit but those of time.
 * @param maxKeepAliveRequests Maximum number of requests on one connection. A negative value means
 *     no limit.
 * @param strictTarget Whether a request target must keep to RFC 3986. If not, the characters that
 *     browsers send raw are accepted and passed to the application percent-encoded.
 */
@ConfigurationProperties("kqueue.server")
public record KqueueRequestProperties(
    @DefaultValue("8KB") DataSize maxRequestLineSize,
    @DefaultValue("128") int maxHeaderCount,
    @DefaultValue("-1B") DataSize maxRequestBodySize,
    @DefaultValue("256KB") DataSize maxUnreadBodySize,
    @DefaultValue("-1B") DataSize maxDiscardSize,
    @DefaultValue("-1") int maxKeepAliveRequests,
    @DefaultValue("false") boolean strictTarget) {

  /**
   * Makes the limits.
   *
   * @param maxHeaderSize {@code server.max-http-request-header-size}
   */
  Limits toLimits(DataSize maxHeaderSize) {
    return new Limits(
        Math.toIntExact(maxRequestLineSize.toBytes()),
        Math.toIntExact(maxHeaderSize.toBytes()),
        maxHeaderCount,
        Math.max(-1, maxRequestBodySize.toBytes()),
        maxUnreadBodySize.toBytes(),
        maxKeepAliveRequests);
  }

  Http1Options toHttp1() {
    return new Http1Options(strictTarget);
  }
}
