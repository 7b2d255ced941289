package io.kqueueserver.http.h1;

import io.kqueueserver.http.HttpException;
import io.kqueueserver.http.syntax.Octets;
import io.kqueueserver.stats.Limit;
import java.nio.ByteBuffer;

/**
 * The framing of a chunked body up to its trailer section (RFC 9112 7.1). It reads everything but
 * the data, which stays in the caller's buffer. Resumes at any octet.
 */
final class ChunkedBody {
  /** The next part of the input. */
  enum Step {
    NEED_INPUT,
    /** Between 1 and {@link #remaining()} octets of data. */
    DATA,
    /** The trailer section. */
    TRAILERS
  }

  /**
   * Size and extensions of one chunk, without the line end. No known client sends extensions at
   * all.
   */
  static final int MAX_LINE_BYTES = 256;

  /**
   * How much more framing than data is read before a body counts as an attack (as in Go's
   * net/http).
   */
  static final int MAX_EXCESS_BYTES = 16 * 1024;

  /** Framing that a chunk of any size may have, because applications send single bytes. */
  private static final int FREE_BYTES_PER_CHUNK = 16;

  private static final int MAX_SIZE_DIGITS = 16;

  // SIZE -> LINE_LF -> DATA -> DATA_CR -> DATA_LF -> SIZE       LINE_LF -> TRAILERS after size 0
  //
  // Extensions lie between SIZE and LINE_LF, which follows SIZE, NAME, TOKEN and AFTER_QUOTED only:
  //   SIZE -> BEFORE_NAME -> NAME -> AFTER_NAME -> BEFORE_VALUE -> TOKEN
  //                                                BEFORE_VALUE -> QUOTED <-> ESCAPE
  //                                                                QUOTED -> AFTER_QUOTED
  //   white space behind a size or value -> BEFORE_SEMICOLON; a semicolon there or in any state
  //   where a size, name or value is complete -> BEFORE_NAME
  private enum State {
    SIZE,
    BEFORE_SEMICOLON,
    BEFORE_NAME,
    NAME,
    AFTER_NAME,
    BEFORE_VALUE,
    TOKEN,
    QUOTED,
    ESCAPE,
    AFTER_QUOTED,
    LINE_LF,
    DATA,
    DATA_CR,
    DATA_LF,
    TRAILERS
  }

  private final long maxBodyBytes;

  private State state = State.SIZE;
  private long size;
  private int digits;
  private int lineBytes;
  private long remaining;
  private long total;
  private long excess;

  ChunkedBody(long maxBodyBytes) {
    this.maxBodyBytes = maxBodyBytes;
  }

  void begin() {
    beginLine();
    total = 0;
    excess = 0;
  }

  /** Octets of the current chunk's data still to come. */
  long remaining() {
    return remaining;
  }

  /** The caller took so many octets of data. */
  void consumed(int count) {
    remaining -= count;
    if (remaining == 0) {
      state = State.DATA_CR;
    }
  }

  /** Reads framing until data or trailers come next. */
  Step advance(ByteBuffer in) {
    while (state != State.DATA && state != State.TRAILERS) {
      if (!in.hasRemaining()) {
        return Step.NEED_INPUT;
      }
      state = next(in.get());
    }
    if (state == State.TRAILERS) {
      return Step.TRAILERS;
    }
    return in.hasRemaining() ? Step.DATA : Step.NEED_INPUT;
  }

  private State next(byte octet) {
    return switch (state) {
      case LINE_LF -> endLine(octet);
      case DATA_CR -> require(octet, Octets.CR, State.DATA_LF);
      case DATA_LF -> endChunk(octet);
      default -> octet == Octets.CR ? endOfContent() : content(octet);
    };
  }

  private State endChunk(byte octet) {
    require(octet, Octets.LF, State.SIZE);
    beginLine();
    return State.SIZE;
  }

  private void beginLine() {
    state = State.SIZE;
    size = 0;
    digits = 0;
    lineBytes = 0;
    remaining = 0;
  }

  private State content(byte octet) {
    if (++lineBytes > MAX_LINE_BYTES) {
      throw HttpException.limit(
          400, Limit.CHUNK_LINE_SIZE, "chunk line longer than " + MAX_LINE_BYTES + " bytes");
    }
    return state == State.SIZE ? size(octet) : extension(octet);
  }

  private State size(byte octet) {
    int digit = Octets.hexValue(octet);
    if (digit >= 0) {
      if (++digits > MAX_SIZE_DIGITS || size > (Long.MAX_VALUE >>> 4)) {
        throw HttpException.badRequest("chunk size too large");
      }
      size = size << 4 | digit;
      return State.SIZE;
    }
    if (digits == 0) {
      throw HttpException.badRequest("chunk without a size");
    }
    return afterValue(octet);
  }

  /** {@code *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] )} (RFC 9112 7.1.1). */
  private State extension(byte octet) {
    return switch (state) {
      case BEFORE_NAME -> start(octet, State.BEFORE_NAME, State.NAME);
      case NAME -> Octets.isTchar(octet) ? State.NAME : afterName(octet);
      case AFTER_NAME -> afterName(octet);
      case BEFORE_VALUE ->
          octet == '"' ? State.QUOTED : start(octet, State.BEFORE_VALUE, State.TOKEN);
      case TOKEN -> Octets.isTchar(octet) ? State.TOKEN : afterValue(octet);
      case QUOTED -> quoted(octet);
      case ESCAPE -> text(octet);
      default -> afterValue(octet); // BEFORE_SEMICOLON, AFTER_QUOTED
    };
  }

  private static State afterValue(byte octet) {
    return semicolonOr(State.BEFORE_SEMICOLON, octet);
  }

  private static State afterName(byte octet) {
    return octet == '=' ? State.BEFORE_VALUE : semicolonOr(State.AFTER_NAME, octet);
  }

  private static State semicolonOr(State onBlank, byte octet) {
    if (octet == ';') {
      return State.BEFORE_NAME;
    }
    if (Octets.isBlank(octet)) {
      return onBlank;
    }
    throw HttpException.badRequest("malformed chunk size or extension");
  }

  private static State start(byte octet, State before, State inside) {
    if (Octets.isBlank(octet)) {
      return before;
    }
    if (Octets.isTchar(octet)) {
      return inside;
    }
    throw HttpException.badRequest("malformed chunk extension");
  }

  private static State quoted(byte octet) {
    return switch (octet) {
      case '"' -> State.AFTER_QUOTED;
      case '\\' -> State.ESCAPE;
      default -> text(octet);
    };
  }

  private static State text(byte octet) {
    if (!Octets.isFieldContent(octet)) {
      throw HttpException.badRequest("control character in a chunk extension");
    }
    return State.QUOTED;
  }

  /** CR came: it may only stand behind a complete size or extension. */
  private State endOfContent() {
    boolean complete =
        switch (state) {
          case SIZE -> digits > 0;
          case NAME, TOKEN, AFTER_QUOTED -> true;
          default -> false;
        };
    if (!complete) {
      throw HttpException.badRequest("malformed chunk line");
    }
    return State.LINE_LF;
  }

  private State endLine(byte octet) {
    require(octet, Octets.LF, State.DATA);
    if (size == 0) {
      return State.TRAILERS;
    }
    countExcess();
    if (maxBodyBytes >= 0 && size > maxBodyBytes - total) {
      throw HttpException.limit(
          413, Limit.BODY_SIZE, "body larger than " + maxBodyBytes + " bytes");
    }
    total += size;
    remaining = size;
    return State.DATA;
  }

  private void countExcess() {
    int overhead = lineBytes + 4; // both line ends
    long allowed = FREE_BYTES_PER_CHUNK + Math.min(size, MAX_LINE_BYTES) * 2;
    excess = Math.max(0, excess + overhead - allowed);
    if (excess > MAX_EXCESS_BYTES) {
      throw HttpException.limit(
          400, Limit.CHUNK_LINE_SIZE, "chunked body of more framing than data");
    }
  }

  private static State require(byte octet, byte expected, State next) {
    if (octet != expected) {
      throw HttpException.badRequest("chunk without CRLF at its end");
    }
    return next;
  }
}
