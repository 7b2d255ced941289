package io.kqueueserver.spring.http;

import io.kqueueserver.http.syntax.FieldSyntax;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseCookie;
import org.springframework.util.MultiValueMap;

/**
 * Makes the values of Set-Cookie. {@link ResponseCookie} checks all of its parts except SameSite;
 * this class checks SameSite and refuses null cookies.
 */
final class ResponseCookies {
  private ResponseCookies() {}

  /**
   * One line per cookie.
   *
   * @throws IllegalArgumentException if a cookie cannot be sent; all cookies of its name have been
   *     removed then
   */
  static List<String> lines(MultiValueMap<String, ResponseCookie> cookies) {
    List<String> lines = new ArrayList<>(cookies.size());
    String refused = null;
    Iterator<Map.Entry<String, List<ResponseCookie>>> names = cookies.entrySet().iterator();
    while (names.hasNext()) {
      Map.Entry<String, List<ResponseCookie>> same = names.next();
      if (!append(same.getValue(), lines)) {
        refused = String.valueOf(same.getKey());
        names.remove();
      }
    }
    if (refused != null) {
      // The message omits the value, which may be a secret.
      throw new IllegalArgumentException(
          FieldSyntax.isToken(refused)
              ? "The cookie " + refused + " is null or holds a control character"
              : "A cookie's name is not a token");
    }
    return lines;
  }

  private static boolean append(@Nullable List<ResponseCookie> cookies, List<String> lines) {
    if (cookies == null) {
      return false;
    }
    for (ResponseCookie cookie : cookies) {
      String line = cookie == null ? null : cookie.toString();
      if (line == null || !FieldSyntax.isContent(line)) {
        return false;
      }
      lines.add(line);
    }
    return true;
  }
}
