package io.kqueueserver.http.h1;

import io.kqueueserver.http.Headers;
import io.kqueueserver.http.HttpVersion;
import io.kqueueserver.http.RequestHead;
import io.kqueueserver.http.syntax.TargetSyntax;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A request head over its own copy of the octets received. What the server needs for every request
 * was read while parsing; Strings are made when first asked for.
 */
public final class Http1Request implements RequestHead {
  private final byte[] bytes;
  private final FieldBlock headers;
  private final String method;
  private final HttpVersion version;
  private final int pathStart;
  private final int pathEnd;
  private final int authorityStart;
  private final int authorityEnd;
  private final boolean slashMissing;
  private final boolean pathEncoded;
  private final boolean keepAlive;
  private final boolean upgrade;
  private final boolean expectsContinue;
  private final long contentLength;

  // Written by whichever thread asks first; any of them makes an equal String.
  private @Nullable String path;
  private @Nullable String authority;

  Http1Request(byte[] bytes, RequestLineParser line, FieldBlock headers, FramingFields framing) {
    this.bytes = bytes;
    this.headers = headers;
    method = line.method();
    version = line.version();
    RequestTarget target = line.target();
    pathStart = target.pathStart();
    pathEnd = target.pathEnd();
    slashMissing = target.slashMissing();
    pathEncoded = target.encoded();
    authorityStart = target.hasAuthority() ? target.authorityStart() : framing.hostStart();
    authorityEnd = target.hasAuthority() ? target.authorityEnd() : framing.hostEnd();
    keepAlive = framing.isKeepAlive(version);
    upgrade = framing.isUpgrade();
    expectsContinue = framing.expectsContinue();
    contentLength = framing.contentLength();
  }

  @Override
  public String method() {
    return method;
  }

  @Override
  public String path() {
    String text = path;
    if (text == null) {
      text = pathEncoded ? rooted(TargetSyntax.encode(bytes, pathStart, pathEnd)) : pathAsSent();
      path = text;
    }
    return text;
  }

  @Override
  public String pathAsSent() {
    String text = path;
    return text == null || pathEncoded ? rooted(text(pathStart, pathEnd)) : text;
  }

  private String rooted(String text) {
    return slashMissing ? "/" + text : text;
  }

  @Override
  public String authority() {
    String text = authority;
    if (text == null) {
      text = text(authorityStart, authorityEnd);
      authority = text;
    }
    return text;
  }

  @Override
  public HttpVersion version() {
    return version;
  }

  @Override
  public Headers headers() {
    return headers;
  }

  @Override
  public long contentLength() {
    return contentLength;
  }

  @Override
  public boolean expectsContinue() {
    return expectsContinue;
  }

  /** Whether the client would send another request on this connection (RFC 9112 9.3). */
  public boolean keepAlive() {
    return keepAlive;
  }

  /** The protocols the client offers to switch to, as sent; null if it offers none properly. */
  public @Nullable String upgrade() {
    return upgrade ? headers.first("Upgrade") : null;
  }

  /** The request line, for logs. */
  @Override
  public String toString() {
    return method + " " + path() + " " + version;
  }

  private String text(int from, int to) {
    return from == to ? "" : new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
  }
}
