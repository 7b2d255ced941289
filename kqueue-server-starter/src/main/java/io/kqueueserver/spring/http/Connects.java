package io.kqueueserver.spring.http;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.Headers;
import io.kqueueserver.http.RequestHead;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;

/**
 * What Spring sees of CONNECT. A WebSocket handshake over HTTP/2 (RFC 8441) is shown as the GET of
 * RFC 6455: mappings, security rules and CORS of an application are written for that method, and a
 * rule for GET must hold for the same handshake over another version. Any other CONNECT is refused
 * before Spring is called.
 */
final class Connects {
  private static final String CONNECT = "CONNECT";

  /** Spring asks that there is a key. Over HTTP/2 there is none, and nothing is made from it. */
  private static final String NO_KEY = "AAAAAAAAAAAAAAAAAAAAAA==";

  private static final String KEY = "Sec-WebSocket-Key";

  private static final String[][] SHOWN = {
    {HttpHeaders.CONNECTION, HttpHeaders.UPGRADE},
    {HttpHeaders.UPGRADE, "websocket"},
    {KEY, NO_KEY}
  };

  private Connects() {}

  /** Whether the request is a WebSocket handshake over HTTP/2. */
  static boolean isWebSocket(RequestHead head) {
    return head.method().equals(CONNECT) && "websocket".equalsIgnoreCase(head.protocol());
  }

  /** Whether the request asks for a tunnel, or for another protocol than WebSocket. */
  static boolean isRefused(RequestHead head) {
    return head.method().equals(CONNECT) && !"websocket".equalsIgnoreCase(head.protocol());
  }

  /**
   * Answers 501. Over HTTP/1.1 the connection ends: what a client sends behind a CONNECT that it
   * takes for accepted must not be read as requests.
   */
  static void refuse(Exchange exchange) {
    exchange.respond(501, sink -> sink.field(HttpHeaders.CONNECTION, "close"), 0);
    exchange.finish();
  }

  static HttpMethod method(RequestHead head) {
    return isWebSocket(head) ? HttpMethod.GET : HttpMethod.valueOf(head.method());
  }

  static Headers headers(RequestHead head) {
    return isWebSocket(head) ? new Shown(head.headers()) : head.headers();
  }

  /** The fields of a handshake, and those that one over HTTP/1.1 has besides. */
  private record Shown(Headers sent) implements Headers {
    @Override
    public int size() {
      return sent.size() + SHOWN.length;
    }

    @Override
    public String name(int index) {
      return index < sent.size() ? sent.name(index) : SHOWN[index - sent.size()][0];
    }

    @Override
    public String value(int index) {
      return index < sent.size() ? sent.value(index) : SHOWN[index - sent.size()][1];
    }
  }
}
