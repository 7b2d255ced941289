package io.kqueueserver.http.ws;

import io.kqueueserver.http.HttpException;
import io.kqueueserver.http.syntax.FieldSyntax;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One extension that a client offers in {@code Sec-WebSocket-Extensions} (RFC 6455 9.1). */
record Extension(String name, List<Parameter> parameters) {

  /** A parameter with its value, unquoted; null if it has none. */
  record Parameter(String name, @Nullable String value) {}

  /**
   * Reads all lines of the field, in order of preference.
   *
   * @throws HttpException 400 for what the grammar does not allow
   */
  static List<Extension> parse(List<String> lines) {
    List<Extension> extensions = new ArrayList<>();
    for (String line : lines) {
      new Reader(line).list(extensions);
    }
    return extensions;
  }

  private static final class Reader {
    private final String text;
    private int at;

    Reader(String text) {
      this.text = text;
    }

    /** {@code 1#( token *( ";" extension-param ) )}; elements may be empty (RFC 9110 5.6.1.2). */
    void list(List<Extension> into) {
      do {
        skipBlanks();
        if (at < text.length() && text.charAt(at) != ',') {
          into.add(extension());
        }
      } while (skip(','));
      if (at < text.length()) {
        throw malformed();
      }
    }

    private Extension extension() {
      String name = token();
      List<Parameter> parameters = new ArrayList<>(2);
      while (skip(';')) {
        skipBlanks();
        String parameter = token();
        parameters.add(new Parameter(parameter, skip('=') ? value() : null));
      }
      return new Extension(name, parameters);
    }

    /** {@code token | quoted-string}, where the latter must be a token once it is unquoted. */
    private String value() {
      skipBlanks();
      if (at == text.length() || text.charAt(at) != '"') {
        return token();
      }
      at++;
      StringBuilder value = new StringBuilder();
      while (at < text.length() && text.charAt(at) != '"') {
        if (text.charAt(at) == '\\') {
          at++;
        }
        if (at < text.length()) {
          value.append(text.charAt(at++));
        }
      }
      if (!skip('"') || !FieldSyntax.isToken(value.toString())) {
        throw malformed();
      }
      return value.toString();
    }

    private String token() {
      int from = at;
      while (at < text.length() && " \t,;=".indexOf(text.charAt(at)) < 0) {
        at++;
      }
      String token = text.substring(from, at);
      if (!FieldSyntax.isToken(token)) {
        throw malformed();
      }
      return token;
    }

    /** Takes the separator, with the blanks before it, if it comes next. */
    private boolean skip(char separator) {
      if (separator != '"') {
        skipBlanks();
      }
      if (at < text.length() && text.charAt(at) == separator) {
        at++;
        return true;
      }
      return false;
    }

    private void skipBlanks() {
      while (at < text.length() && (text.charAt(at) == ' ' || text.charAt(at) == '\t')) {
        at++;
      }
    }

    private static HttpException malformed() {
      return HttpException.badRequest("malformed Sec-WebSocket-Extensions");
    }
  }
}
