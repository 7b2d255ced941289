package io.kqueueserver.http.ws;

import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.Headers;
import io.kqueueserver.http.HttpException;
import io.kqueueserver.http.HttpVersion;
import io.kqueueserver.http.RequestHead;
import io.kqueueserver.http.syntax.FieldSyntax;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The opening handshake: of RFC 6455 4.2 for a GET over HTTP/1.1, of RFC 8441 5 for an extended
 * CONNECT over HTTP/2, whose {@code :protocol} is {@code websocket}. The class reads a request and
 * decides the answer.
 */
public final class Handshake {
  private static final String VERSION = "Sec-WebSocket-Version";
  private static final String KEY = "Sec-WebSocket-Key";
  private static final String ACCEPT = "Sec-WebSocket-Accept";
  private static final String PROTOCOL = "Sec-WebSocket-Protocol";
  private static final String EXTENSIONS = "Sec-WebSocket-Extensions";

  private static final String SERVED_VERSION = "13";
  private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; // RFC 6455 1.3
  private static final int KEY_BYTES = 16;
  private static final int KEY_CHARS = 24;

  private final boolean http2;
  private final int status;
  private final @Nullable String problem;
  private final @Nullable String accept;
  private final List<String> protocols;
  private final @Nullable PerMessageDeflate deflate;

  private Handshake(boolean http2, int status, String problem) {
    this.http2 = http2;
    this.status = status;
    this.problem = problem;
    accept = null;
    protocols = List.of();
    deflate = null;
  }

  private Handshake(RequestHead head, WebSocketOptions options) {
    http2 = isHttp2(head);
    status = http2 ? 200 : 101;
    problem = null;
    Headers fields = head.headers();
    accept = http2 ? null : accept(fields.all(KEY).get(0));
    protocols = protocols(fields);
    deflate =
        options.compression()
            ? PerMessageDeflate.negotiate(fields.all(EXTENSIONS), options.contextTakeover())
            : null;
  }

  /** Reads a request. Never throws: a request that is no handshake is one to refuse. */
  public static Handshake of(RequestHead head, WebSocketOptions options) {
    try {
      check(head);
      return new Handshake(head, options);
    } catch (HttpException e) {
      String problem = e.getMessage();
      return new Handshake(isHttp2(head), e.status(), problem == null ? "" : problem);
    }
  }

  private static boolean isHttp2(RequestHead head) {
    return head.version() == HttpVersion.HTTP_2;
  }

  private static void check(RequestHead head) {
    Headers fields = head.headers();
    if (isHttp2(head)) {
      checkMethod(head, "CONNECT");
      checkProtocol(head);
    } else {
      checkMethod(head, "GET");
      checkUpgrade(head, fields);
    }
    checkNoBody(head, fields);
    List<String> versions = fields.all(VERSION);
    if (versions.size() > 1) {
      throw HttpException.badRequest("more than one " + VERSION);
    }
    if (versions.isEmpty() || !versions.get(0).equals(SERVED_VERSION)) {
      throw HttpException.of(426, VERSION + " is not " + SERVED_VERSION);
    }
    if (!isHttp2(head)) {
      checkKey(fields.all(KEY));
    }
  }

  private static void checkMethod(RequestHead head, String method) {
    if (!head.method().equals(method)) {
      throw HttpException.of(405, "a WebSocket handshake over " + head.version() + " is " + method);
    }
  }

  /** RFC 8441 4; 501 as for any tunnel that is not served. */
  private static void checkProtocol(RequestHead head) {
    if (!"websocket".equalsIgnoreCase(head.protocol())) {
      throw HttpException.of(501, ":protocol does not name websocket");
    }
  }

  private static void checkUpgrade(RequestHead head, Headers fields) {
    if (head.version() == HttpVersion.HTTP_1_0) {
      throw HttpException.badRequest("a WebSocket handshake needs HTTP/1.1");
    }
    if (!hasToken(fields.all("Upgrade"), "websocket")) {
      throw HttpException.badRequest("Upgrade does not name websocket");
    }
    if (!hasToken(fields.all("Connection"), "upgrade")) {
      throw HttpException.badRequest("Connection does not name Upgrade");
    }
  }

  /** Frames follow the head, so the end of the head must be beyond doubt. */
  private static void checkNoBody(RequestHead head, Headers fields) {
    boolean length = fields.all("Content-Length").stream().anyMatch(value -> !value.equals("0"));
    boolean announced = !isHttp2(head) && head.contentLength() != 0;
    if (length || announced || fields.contains("Transfer-Encoding")) {
      throw HttpException.badRequest("a WebSocket handshake has no body");
    }
  }

  private static void checkKey(List<String> keys) {
    if (keys.size() != 1 || !isKey(keys.get(0))) {
      throw HttpException.badRequest(KEY + " is not 16 bytes in base64");
    }
  }

  /** 16 bytes in base64: 22 letters of the alphabet, two of padding. */
  private static boolean isKey(String key) {
    if (key.length() != KEY_CHARS || !key.endsWith("==")) {
      return false;
    }
    try {
      return Base64.getDecoder().decode(key).length == KEY_BYTES;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static boolean hasToken(List<String> lines, String token) {
    for (String line : lines) {
      for (String element : line.split(",", -1)) {
        if (element.strip().equalsIgnoreCase(token)) {
          return true;
        }
      }
    }
    return false;
  }

  /** The sub-protocols that the client offers, in its order (RFC 6455 11.3.4). */
  private static List<String> protocols(Headers fields) {
    List<String> protocols = new ArrayList<>();
    for (String line : fields.all(PROTOCOL)) {
      for (String element : line.split(",", -1)) {
        String protocol = element.strip();
        if (protocol.isEmpty()) {
          continue; // RFC 9110 5.6.1.2
        }
        if (!FieldSyntax.isToken(protocol)) {
          throw HttpException.badRequest("malformed " + PROTOCOL);
        }
        protocols.add(protocol);
      }
    }
    return List.copyOf(protocols);
  }

  private static String accept(String key) {
    try {
      byte[] text = (key + GUID).getBytes(StandardCharsets.ISO_8859_1);
      return Base64.getEncoder().encodeToString(MessageDigest.getInstance("SHA-1").digest(text));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-1", e);
    }
  }

  /** Whether the session can begin. */
  public boolean isAccepted() {
    return problem == null;
  }

  /** The status of the answer: 101, or 200 over HTTP/2; 400, 405 or 426 to refuse. */
  public int status() {
    return status;
  }

  /** Why the handshake is refused; null if it is not. */
  public @Nullable String problem() {
    return problem;
  }

  /** The sub-protocols that the client offers, in its order. */
  public List<String> protocols() {
    return protocols;
  }

  /** The first sub-protocol of the client's that is supported, or null. */
  public @Nullable String choose(Collection<String> supported) {
    for (String protocol : protocols) {
      if (supported.contains(protocol)) {
        return protocol;
      }
    }
    return null;
  }

  /** The compression of messages; null if they are not. */
  public @Nullable PerMessageDeflate deflate() {
    return deflate;
  }

  /**
   * The fields that the handshake adds to the answer. {@code Connection} is the protocol's to add.
   *
   * @param protocol the sub-protocol that was chosen, null for none
   */
  public HeaderSource fields(@Nullable String protocol) {
    return isAccepted() ? accepted(protocol) : refused();
  }

  private HeaderSource accepted(@Nullable String protocol) {
    return sink -> {
      if (accept != null) {
        sink.field("Upgrade", "websocket");
        sink.field(ACCEPT, accept);
      }
      if (protocol != null) {
        sink.field(PROTOCOL, protocol);
      }
      if (deflate != null) {
        sink.field(EXTENSIONS, deflate.answer());
      }
    };
  }

  private HeaderSource refused() {
    return sink -> {
      if (status == 405) {
        sink.field("Allow", http2 ? "CONNECT" : "GET");
      }
      if (status == 426) {
        if (!http2) {
          sink.field("Upgrade", "websocket"); // RFC 9110 15.5.22
        }
        sink.field(VERSION, SERVED_VERSION);
      }
    };
  }
}
