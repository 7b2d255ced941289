package io.kqueueserver.http.forwarded;

import io.kqueueserver.http.HttpException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Parses the {@code Forwarded} field (RFC 7239 4): elements separated by commas, each of pairs
 * separated by semicolons, with tokens or quoted strings as values. A malformed field is answered
 * with 400, because the end of its elements is unknown.
 */
final class ForwardedElements {
  /** One hop; absent parameters are null. */
  static final class Element {
    @Nullable String forNode;
    @Nullable String host;
    @Nullable String proto;

    private void set(String name, String value) {
      switch (name.toLowerCase(Locale.ROOT)) {
        case "for" -> forNode = once(forNode, value);
        case "host" -> host = once(host, value);
        case "proto" -> proto = once(proto, value);
        default -> {} // by, and extensions
      }
    }

    private static String once(@Nullable String before, String value) {
      if (before != null) {
        throw malformed("a parameter twice in one element"); // RFC 7239 4
      }
      return value;
    }
  }

  private static final String TOKEN_MARKS = "!#$%&'*+-.^_`|~";

  private final String text;
  private int at;

  private ForwardedElements(String text) {
    this.text = text;
  }

  /** The elements of all lines, nearest hop last. */
  static List<Element> parse(List<String> lines) {
    List<Element> elements = new ArrayList<>();
    for (String line : lines) {
      new ForwardedElements(line).readInto(elements);
    }
    return elements;
  }

  private void readInto(List<Element> elements) {
    while (at < text.length()) {
      skipBlanks();
      if (at < text.length() && text.charAt(at) != ',') { // RFC 9110 5.6.1: empty ones do not count
        if (elements.size() == ForwardedHeaders.MAX_HOPS) {
          throw malformed("more than " + ForwardedHeaders.MAX_HOPS + " elements");
        }
        elements.add(element());
      }
      at++;
    }
  }

  /** Ends at a comma or the end of the text. */
  private Element element() {
    Element element = new Element();
    while (true) {
      skipBlanks();
      if (at < text.length() && text.charAt(at) != ';' && text.charAt(at) != ',') {
        String name = token();
        expect('=');
        element.set(name, at < text.length() && text.charAt(at) == '"' ? quoted() : value());
      }
      skipBlanks();
      if (at == text.length() || text.charAt(at) == ',') {
        return element;
      }
      expect(';');
    }
  }

  private String token() {
    int start = at;
    while (at < text.length() && isToken(text.charAt(at))) {
      at++;
    }
    if (at == start) {
      throw malformed("no token where one must be");
    }
    return text.substring(start, at);
  }

  /** A token; colons and brackets too, which proxies often forget to quote. */
  private String value() {
    int start = at;
    while (at < text.length()
        && (isToken(text.charAt(at)) || ":[]".indexOf(text.charAt(at)) >= 0)) {
      at++;
    }
    if (at == start) {
      throw malformed("no value behind a parameter");
    }
    return text.substring(start, at);
  }

  private String quoted() {
    StringBuilder value = new StringBuilder();
    for (at++; at < text.length(); at++) {
      char c = text.charAt(at);
      if (c == '"') {
        at++;
        return value.toString();
      }
      if (c == '\\' && ++at < text.length()) {
        c = text.charAt(at);
      }
      value.append(c);
    }
    throw malformed("a quoted string without end");
  }

  private void expect(char c) {
    if (at == text.length() || text.charAt(at) != c) {
      throw malformed("no '" + c + "' where one must be");
    }
    at++;
  }

  private void skipBlanks() {
    while (at < text.length() && (text.charAt(at) == ' ' || text.charAt(at) == '\t')) {
      at++;
    }
  }

  private static boolean isToken(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || TOKEN_MARKS.indexOf(c) >= 0;
  }

  private static HttpException malformed(String what) {
    return HttpException.badRequest("Forwarded is malformed: " + what);
  }
}
