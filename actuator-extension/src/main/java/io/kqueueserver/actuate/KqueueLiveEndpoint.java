package io.kqueueserver.actuate;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import org.springframework.boot.actuate.endpoint.web.annotation.WebEndpoint;
import org.springframework.util.MimeType;

/**
 * The endpoint of a page that draws the responses of the kqueue endpoint, which the browser polls
 * once a second. The page has an id of its own, so that exposing the page and exposing the data are
 * two decisions. The page itself holds no data. Its Content-Security-Policy is a meta element,
 * since an operation sets no headers.
 */
@WebEndpoint(id = "kqueuelive", defaultAccess = Access.READ_ONLY)
public final class KqueueLiveEndpoint {
  private static final String PAGE = "live.html";
  private static final MimeType HTML = MimeType.valueOf("text/html;charset=UTF-8");
  private static final MimeType SCRIPT = MimeType.valueOf("text/javascript;charset=UTF-8");
  private static final MimeType STYLE = MimeType.valueOf("text/css;charset=UTF-8");

  private static final MimeType ICON = MimeType.valueOf("image/svg+xml");

  /** The files of the page. A requested name is looked up here and never made into a path. */
  private static final Map<String, MimeType> PARTS =
      Map.of(
          "live.css", STYLE,
          "live.js", SCRIPT,
          "charts.js", SCRIPT,
          "own.js", SCRIPT,
          "tables.js", SCRIPT,
          "icon.svg", ICON);

  private final String page;

  /**
   * Makes the endpoint of the page. Both endpoints may be mapped to paths of their own.
   *
   * @param ownPath path of this endpoint below the base path, such as {@code kqueuelive}
   * @param dataPath path of the kqueue endpoint below the same base path
   */
  public KqueueLiveEndpoint(String ownPath, String dataPath) {
    // A browser resolves links from the last slash of a path, and the page's path has no slash at
    // its end.
    int slash = ownPath.lastIndexOf('/');
    String toBase = "../".repeat((int) ownPath.chars().filter(c -> c == '/').count());
    this.page =
        new String(read(PAGE), StandardCharsets.UTF_8)
            .replace("{own}", "./" + attribute(ownPath.substring(slash + 1)))
            .replace("{data}", "./" + attribute(toBase + dataPath));
  }

  /** The HTML of the page. */
  @ReadOperation(produces = "text/html")
  public WebEndpointResponse<byte[]> page() {
    return new WebEndpointResponse<>(page.getBytes(StandardCharsets.UTF_8), HTML);
  }

  /** A script, the style or the icon of the page; null, which is 404, for any other name. */
  @ReadOperation(produces = {"text/javascript", "text/css", "image/svg+xml"})
  public @Nullable WebEndpointResponse<byte[]> part(@Selector String name) {
    MimeType type = PARTS.get(name);
    return type == null ? null : new WebEndpointResponse<>(read(name), type);
  }

  private static String attribute(String value) {
    return value.replace("&", "&amp;").replace("\"", "&quot;");
  }

  private static byte[] read(String name) {
    String resource = "live/" + name;
    try (InputStream in = KqueueLiveEndpoint.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException(
            resource
                + " is missing beside "
                + KqueueLiveEndpoint.class
                + "; the jar is incomplete");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("reading " + resource + " of the class path failed", e);
    }
  }
}
