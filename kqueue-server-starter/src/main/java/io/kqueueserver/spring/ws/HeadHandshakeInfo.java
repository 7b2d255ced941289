package io.kqueueserver.spring.ws;

import io.kqueueserver.http.RequestHead;
import io.kqueueserver.spring.http.KqueueHeadersAdapter;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.web.reactive.socket.HandshakeInfo;

/**
 * The information of a handshake over the head of its request. A session holds the head anyway, and
 * a copy of the fields as Spring's map is larger than all the rest of an idle session. The copy is
 * made at the first call of {@link #getHeaders}. Any thread.
 */
final class HeadHandshakeInfo extends HandshakeInfo {
  private final RequestHead head;
  private @Nullable HttpHeaders headers;

  private HeadHandshakeInfo(HandshakeInfo info, RequestHead head) {
    super(
        info.getUri(),
        HttpHeaders.EMPTY,
        info.getCookies(),
        info.getPrincipal(),
        info.getSubProtocol(),
        info.getRemoteAddress(),
        info.getAttributes(),
        info.getLogPrefix());
    this.head = head;
  }

  /**
   * Returns the same information with less memory, or {@code info} itself if its class or its
   * headers are those of the application and not of this request.
   */
  static HandshakeInfo compact(HandshakeInfo info, RequestHead head) {
    boolean ofHead =
        info.getClass() == HandshakeInfo.class
            && info.getHeaders().equals(new HttpHeaders(KqueueHeadersAdapter.of(head)));
    return ofHead ? new HeadHandshakeInfo(info, head) : info;
  }

  /** The fields of the request, in a map that the caller may change. */
  @Override
  public synchronized HttpHeaders getHeaders() {
    HttpHeaders made = headers;
    if (made == null) {
      made = HttpHeaders.copyOf(KqueueHeadersAdapter.of(head));
      headers = made;
    }
    return made;
  }
}
