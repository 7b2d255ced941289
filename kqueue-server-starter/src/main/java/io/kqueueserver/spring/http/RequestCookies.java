package io.kqueueserver.spring.http;

import java.util.List;
import org.springframework.http.HttpCookie;
import org.springframework.util.LinkedMultiValueMap;
import org.springframework.util.MultiValueMap;

/** Reads {@code Cookie} fields (RFC 6265 5.4). All pairs are kept in order, also of one name. */
final class RequestCookies {
  private RequestCookies() {}

  /**
   * The cookies of all given field values. Pairs without a name or without {@code =} are skipped.
   */
  static MultiValueMap<String, HttpCookie> parse(List<String> fields) {
    MultiValueMap<String, HttpCookie> cookies = new LinkedMultiValueMap<>();
    for (String field : fields) {
      int start = 0;
      while (start < field.length()) {
        int end = field.indexOf(';', start);
        end = end < 0 ? field.length() : end;
        addPair(field, start, end, cookies);
        start = end + 1;
      }
    }
    return cookies;
  }

  private static void addPair(
      String field, int start, int end, MultiValueMap<String, HttpCookie> cookies) {
    int equals = field.indexOf('=', start);
    if (equals < 0 || equals >= end) {
      return;
    }
    String name = field.substring(start, equals).strip();
    if (!name.isEmpty()) {
      cookies.add(name, new HttpCookie(name, unquoted(field.substring(equals + 1, end).strip())));
    }
  }

  // RFC 6265 4.1.1: the quotes are part of the syntax, not of the value.
  private static String unquoted(String value) {
    int last = value.length() - 1;
    return last > 0 && value.charAt(0) == '"' && value.charAt(last) == '"'
        ? value.substring(1, last)
        : value;
  }
}
