package io.kqueueserver.http.h2;

import io.kqueueserver.http.syntax.Octets;

/**
 * Reads the members {@code u} and {@code i} of a dictionary of structured fields (RFC 8941 4.2.2).
 * All other members, inner lists and parameters are held to the grammar and passed over.
 */
final class PriorityField {
  private static final int MAX_INTEGER_DIGITS = 15;

  /** The kind of the last item, if it can be a member's value. */
  private enum Kind {
    INTEGER,
    BOOLEAN,
    OTHER
  }

  private final byte[] b;
  private final int end;
  private int at;

  private Kind kind = Kind.OTHER;
  private long value;

  private int urgency = Priority.DEFAULT_URGENCY;
  private boolean incremental;

  PriorityField(byte[] b, int from, int to) {
    this.b = b;
    this.at = from;
    this.end = to;
  }

  int urgency() {
    return urgency;
  }

  boolean incremental() {
    return incremental;
  }

  /** Reads the field; false if it is malformed. */
  boolean read() {
    skipSpaces();
    while (at < end) {
      if (!member()) {
        return false;
      }
      skipBlanks();
      if (at == end) {
        return true;
      }
      if (b[at++] != ',') {
        return false;
      }
      skipBlanks();
      if (at == end) {
        return false; // a comma that nothing follows
      }
    }
    return true;
  }

  private boolean member() {
    int name = at;
    if (!key()) {
      return false;
    }
    boolean isShort = at == name + 1;
    kind = Kind.BOOLEAN;
    value = 1;
    if (at < end && b[at] == '=') {
      at++;
      boolean isList = at < end && b[at] == '(';
      boolean read = isList ? innerList() : item();
      if (!read) {
        return false;
      }
    }
    Kind kindOfMember = kind;
    long valueOfMember = value;
    if (!parameters()) {
      return false;
    }
    // The last of several members with one key counts, even if it changes nothing.
    if (isShort && b[name] == 'u') {
      boolean inRange = kindOfMember == Kind.INTEGER && isUrgency(valueOfMember);
      urgency = inRange ? (int) valueOfMember : Priority.DEFAULT_URGENCY;
    } else if (isShort && b[name] == 'i') {
      incremental = kindOfMember == Kind.BOOLEAN && valueOfMember == 1;
    }
    return true;
  }

  private boolean parameters() {
    while (at < end && b[at] == ';') {
      at++;
      skipSpaces();
      if (!key()) {
        return false;
      }
      if (at < end && b[at] == '=') {
        at++;
        if (!item()) {
          return false;
        }
      }
    }
    return true;
  }

  private boolean innerList() {
    at++;
    while (at < end) {
      skipSpaces();
      if (at < end && b[at] == ')') {
        at++;
        kind = Kind.OTHER;
        return true;
      }
      if (!item() || !parameters()) {
        return false;
      }
      if (at == end || (b[at] != Octets.SP && b[at] != ')')) {
        return false;
      }
    }
    return false;
  }

  private boolean item() {
    if (at == end) {
      return false;
    }
    byte first = b[at];
    kind = Kind.OTHER;
    if (first == '-' || Octets.isDigit(first)) {
      return number();
    }
    if (first == '"') {
      return string();
    }
    if (first == ':') {
      return bytes();
    }
    if (first == '?') {
      return bool();
    }
    return token();
  }

  private boolean number() {
    boolean negative = b[at] == '-';
    at += negative ? 1 : 0;
    int digits = at;
    value = 0;
    while (at < end && Octets.isDigit(b[at]) && at - digits <= MAX_INTEGER_DIGITS) {
      value = value * 10 + (b[at++] - '0');
    }
    int count = at - digits;
    if (count == 0 || count > MAX_INTEGER_DIGITS) {
      return false;
    }
    if (at < end && b[at] == '.') {
      return count <= 12 && fraction();
    }
    value = negative ? -value : value;
    kind = Kind.INTEGER;
    return true;
  }

  private boolean fraction() {
    int digits = ++at;
    while (at < end && Octets.isDigit(b[at])) {
      at++;
    }
    return at > digits && at - digits <= 3;
  }

  private boolean string() {
    for (at++; at < end; at++) {
      byte c = b[at];
      if (c == '"') {
        at++;
        return true;
      }
      if (c == '\\') {
        at++;
        if (at == end || (b[at] != '"' && b[at] != '\\')) {
          return false;
        }
      } else if (c < ' ' || c == 0x7f) {
        return false;
      }
    }
    return false;
  }

  private boolean bytes() {
    for (at++; at < end; at++) {
      byte c = b[at];
      if (c == ':') {
        at++;
        return true;
      }
      boolean base64 = isLetter(c) || Octets.isDigit(c) || c == '+' || c == '/' || c == '=';
      if (!base64) {
        return false;
      }
    }
    return false;
  }

  private boolean bool() {
    at++;
    if (at == end || (b[at] != '0' && b[at] != '1')) {
      return false;
    }
    value = b[at++] == '1' ? 1 : 0;
    kind = Kind.BOOLEAN;
    return true;
  }

  private boolean token() {
    if (b[at] != '*' && !isLetter(b[at])) {
      return false;
    }
    while (at < end && (Octets.isTchar(b[at]) || b[at] == ':' || b[at] == '/')) {
      at++;
    }
    return true;
  }

  /** {@code ( lcalpha / "*" ) *( lcalpha / DIGIT / "_" / "-" / "." / "*" )}. */
  private boolean key() {
    if (at == end || (b[at] != '*' && !isLower(b[at]))) {
      return false;
    }
    while (at < end && isKey(b[at])) {
      at++;
    }
    return true;
  }

  private void skipSpaces() {
    while (at < end && b[at] == Octets.SP) {
      at++;
    }
  }

  private void skipBlanks() {
    at = Octets.skipBlanks(b, at, end);
  }

  private static boolean isUrgency(long number) {
    return number >= 0 && number <= Priority.LEAST_URGENT;
  }

  private static boolean isKey(byte c) {
    return isLower(c) || Octets.isDigit(c) || c == '_' || c == '-' || c == '.' || c == '*';
  }

  private static boolean isLower(byte c) {
    return c >= 'a' && c <= 'z';
  }

  private static boolean isLetter(byte c) {
    return isLower(c) || (c >= 'A' && c <= 'Z');
  }
}
