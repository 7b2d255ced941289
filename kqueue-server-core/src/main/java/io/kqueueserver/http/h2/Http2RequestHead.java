package io.kqueueserver.http.h2;

import io.kqueueserver.http.Headers;
import io.kqueueserver.http.HttpVersion;
import io.kqueueserver.http.RequestHead;
import org.jspecify.annotations.Nullable;

/**
 * The head of a request, made from its pseudo-header fields and fields (RFC 9113 8.3). Its headers
 * are as in HTTP/1: {@code host} is made from {@code :authority}, and {@code cookie} is one field.
 *
 * @param scheme {@code http} or {@code https}, as the client wrote it; empty for CONNECT. A gateway
 *     may send the scheme of another connection
 * @param priority what the client wishes by its {@code priority} field
 */
public record Http2RequestHead(
    String method,
    String scheme,
    String authority,
    String path,
    String pathAsSent,
    @Nullable String protocol,
    Headers headers,
    long contentLength,
    boolean expectsContinue,
    Priority priority)
    implements RequestHead {

  @Override
  public HttpVersion version() {
    return HttpVersion.HTTP_2;
  }

  /** The request line HTTP/1 would have, for logs. */
  @Override
  public String toString() {
    return method + " " + path + " " + version();
  }
}
