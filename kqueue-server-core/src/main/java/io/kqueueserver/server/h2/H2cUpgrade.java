package io.kqueueserver.server.h2;

import io.kqueueserver.http.Headers;
import io.kqueueserver.http.HttpVersion;
import io.kqueueserver.http.RequestHead;
import io.kqueueserver.http.h2.Http2Exception;
import io.kqueueserver.http.h2.Settings;
import io.kqueueserver.net.Connection;
import io.kqueueserver.net.ConnectionHandler;
import io.kqueueserver.server.Upgrade;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The upgrade of a connection in the clear from an HTTP/1.1 request that offers {@code h2c} (RFC
 * 7540 3.2). A request that a proxy has passed on is served over HTTP/1.1, because a client could
 * tunnel past the rules of that proxy otherwise.
 */
public final class H2cUpgrade implements Upgrade {
  static final int SETTING_BYTES = 6;

  /** 64 KiB: longest body of an upgraded request, which is kept whole as frames begin after it. */
  private static final int MAX_BODY_BYTES = 64 * 1024;

  private static final String SETTINGS = "HTTP2-Settings";

  private final Http2Context context;
  private final boolean behindProxy;

  /**
   * Makes the upgrade for one loop.
   *
   * @param behindProxy whether connections may begin with a header of the PROXY protocol
   */
  public H2cUpgrade(Http2Context context, boolean behindProxy) {
    this.context = context;
    this.behindProxy = behindProxy;
  }

  @Override
  public String token() {
    return "h2c";
  }

  @Override
  public int maxBodyBytes() {
    return MAX_BODY_BYTES;
  }

  @Override
  public boolean accepts(Connection connection, RequestHead head) {
    Headers headers = head.headers();
    return !behindProxy
        && !connection.endpoint().isSecure()
        && !wasForwarded(headers)
        && isNamed(headers)
        && settings(headers) != null;
  }

  /** Whether the fields hold a field of a proxy. */
  private static boolean wasForwarded(Headers headers) {
    for (int i = 0; i < headers.size(); i++) {
      String name = headers.name(i).toLowerCase(Locale.ROOT);
      if (name.equals("via") || name.equals("forwarded") || name.startsWith("x-forwarded-")) {
        return true;
      }
    }
    return false;
  }

  private static boolean isNamed(Headers headers) {
    for (String value : headers.all("Connection")) {
      for (String option : value.split(",", -1)) {
        if (option.strip().equalsIgnoreCase(SETTINGS)) {
          return true;
        }
      }
    }
    return false;
  }

  /** The payload of the one SETTINGS field; null if there is none, or it would be refused. */
  private static @Nullable ByteBuffer settings(Headers headers) {
    List<String> values = headers.all(SETTINGS);
    if (values.size() != 1) {
      return null;
    }
    try {
      byte[] payload = Base64.getUrlDecoder().decode(values.get(0));
      if (payload.length % SETTING_BYTES != 0) {
        return null;
      }
      Settings tried = new Settings();
      for (ByteBuffer rest = ByteBuffer.wrap(payload); rest.hasRemaining(); ) {
        tried.apply(rest.getShort() & 0xffff, rest.getInt() & 0xffffffffL);
      }
      return ByteBuffer.wrap(payload);
    } catch (IllegalArgumentException | Http2Exception e) {
      return null;
    }
  }

  @Override
  public ConnectionHandler take(Connection connection, RequestHead head, ByteBuffer body) {
    ByteBuffer payload = settings(head.headers());
    if (payload == null) {
      throw new IllegalStateException("the request was not accepted");
    }
    Http2Connection taken = new Http2Connection(connection, context, connection.loop().now());
    connection.handler(taken);
    taken.upgraded(new UpgradedHead(head), payload, body);
    return taken;
  }

  /** The head that the application gets, with the version HTTP/2. */
  private record UpgradedHead(RequestHead head) implements RequestHead {
    @Override
    public String method() {
      return head.method();
    }

    @Override
    public String path() {
      return head.path();
    }

    @Override
    public String pathAsSent() {
      return head.pathAsSent();
    }

    @Override
    public String authority() {
      return head.authority();
    }

    @Override
    public HttpVersion version() {
      return HttpVersion.HTTP_2;
    }

    @Override
    public Headers headers() {
      return head.headers();
    }

    @Override
    public long contentLength() {
      return head.contentLength();
    }

    @Override
    public boolean expectsContinue() {
      return false;
    }

    @Override
    public String toString() {
      return method() + " " + path() + " " + version();
    }
  }
}
