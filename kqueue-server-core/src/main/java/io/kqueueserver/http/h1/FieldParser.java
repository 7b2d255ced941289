package io.kqueueserver.http.h1;

import io.kqueueserver.http.HttpException;
import io.kqueueserver.http.Limits;
import io.kqueueserver.http.syntax.Octets;
import io.kqueueserver.stats.Limit;
import java.util.Arrays;

/**
 * One field section, of a head or of a chunked body's trailers: {@code *( field-line CRLF ) CRLF}
 * (RFC 9112 5). Resumes at any octet, and refuses at the first octet that cannot be right, so the
 * outcome does not depend on how the input was cut.
 */
final class FieldParser {
  /** Hears of every complete field line; the value comes without surrounding white space. */
  interface Visitor {
    void field(byte[] b, int nameStart, int nameEnd, int valueStart, int valueEnd);
  }

  // LINE_START -> NAME -> VALUE -> VALUE_LF -> LINE_START       LINE_START -> END_LF -> DONE
  private enum State {
    LINE_START,
    NAME,
    VALUE,
    VALUE_LF,
    END_LF,
    DONE
  }

  private static final int INITIAL_LINES = 16;

  private final int maxBytes;
  private final int maxCount;
  private final Visitor visitor;
  private final Limit sizeLimit;
  private final Limit countLimit;

  private State state = State.LINE_START;
  private int end;
  private int count;
  private int colon;
  private int[] lineStarts = new int[INITIAL_LINES];

  private FieldParser(Limits limits, Visitor visitor, Limit sizeLimit, Limit countLimit) {
    this.maxBytes = limits.maxHeaderBytes();
    this.maxCount = limits.maxHeaderCount();
    this.visitor = visitor;
    this.sizeLimit = sizeLimit;
    this.countLimit = countLimit;
  }

  static FieldParser ofHead(Limits limits, Visitor visitor) {
    return new FieldParser(limits, visitor, Limit.HEADER_SIZE, Limit.HEADER_COUNT);
  }

  static FieldParser ofTrailers(Limits limits, Visitor visitor) {
    return new FieldParser(limits, visitor, Limit.TRAILER_SIZE, Limit.TRAILER_SIZE);
  }

  /** Makes ready for a section that starts at this index. */
  void begin(int at) {
    state = State.LINE_START;
    count = 0;
    end = at > Integer.MAX_VALUE - maxBytes ? Integer.MAX_VALUE : at + maxBytes;
    lineStarts[0] = at;
  }

  boolean isDone() {
    return state == State.DONE;
  }

  /** The section just parsed, over an array that holds it at the same indices. */
  FieldBlock block(byte[] bytes) {
    return new FieldBlock(bytes, Arrays.copyOf(lineStarts, count + 1));
  }

  int count() {
    return count;
  }

  /**
   * Parses on from {@code from} and returns how far it came: behind the empty line, or {@code to}.
   */
  int parse(byte[] b, int from, int to) {
    int stop = Math.min(to, end);
    int i = from;
    while (true) {
      if (state == State.LINE_START) {
        if (i == to) {
          return i;
        }
        if (b[i] == Octets.CR) {
          state = State.END_LF;
          return parseEnd(b, i + 1, to);
        }
        startLine(b, i);
      }
      if (state == State.NAME) {
        while (i < stop && Octets.isTchar(b[i])) {
          i++;
        }
        if (i == stop) {
          return needMore(i, to);
        }
        if (b[i] != ':' || i == lineStarts[count]) {
          throw badName(b[i]);
        }
        colon = i++;
        state = State.VALUE;
      }
      if (state == State.VALUE) {
        i = Octets.endOfFieldContent(b, i, stop);
        if (i == stop) {
          return needMore(i, to);
        }
        if (b[i++] != Octets.CR) {
          throw HttpException.badRequest("field value: a control character, or LF without CR");
        }
        state = State.VALUE_LF;
      }
      if (state == State.VALUE_LF) {
        if (i == stop) {
          return needMore(i, to);
        }
        if (b[i] != Octets.LF) {
          throw HttpException.badRequest("field line: CR without LF");
        }
        endLine(b, ++i);
      } else {
        return parseEnd(b, i, to);
      }
    }
  }

  private void startLine(byte[] b, int i) {
    if (count == maxCount) {
      throw HttpException.limit(431, countLimit, "more than " + maxCount + " fields");
    }
    if (Octets.isBlank(b[i])) {
      // RFC 9112 5.2 and 2.2: obs-fold, or white space between the start line and the first field.
      throw HttpException.badRequest("field line starts with white space");
    }
    state = State.NAME;
  }

  private void endLine(byte[] b, int next) {
    int valueStart = Octets.skipBlanks(b, colon + 1, next - 2);
    int valueEnd = Octets.trimBlanks(b, valueStart, next - 2);
    visitor.field(b, lineStarts[count], colon, valueStart, valueEnd);
    if (++count == lineStarts.length) {
      lineStarts = Arrays.copyOf(lineStarts, 2 * count);
    }
    lineStarts[count] = next;
    state = State.LINE_START;
  }

  private int parseEnd(byte[] b, int i, int to) {
    if (i == to) {
      return i;
    }
    if (b[i] != Octets.LF) {
      throw HttpException.badRequest("CR without LF after the fields");
    }
    state = State.DONE;
    return i + 1;
  }

  private int needMore(int i, int to) {
    if (to > end) {
      throw HttpException.limit(431, sizeLimit, "fields larger than " + maxBytes + " bytes");
    }
    return i;
  }

  private static HttpException badName(int octet) {
    // RFC 9112 5.1: white space between name and colon is refused; parsers differ about it.
    return HttpException.badRequest(
        Octets.isBlank(octet)
            ? "white space between field name and colon"
            : "field name is not a token followed by a colon");
  }
}
