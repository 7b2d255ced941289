package io.kqueueserver.http.h1;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.Headers;
import io.kqueueserver.http.Http1Options;
import io.kqueueserver.http.HttpException;
import io.kqueueserver.http.Limits;
import io.kqueueserver.http.RequestHead;
import io.kqueueserver.http.syntax.Octets;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Push decoder for a stream of requests (RFC 9112). One per connection; not thread-safe. What it
 * makes of the octets does not depend on how they were cut into buffers. It is strict: where
 * parsers are known to disagree it refuses, since a request that two of them read differently can
 * be smuggled.
 */
public final class Http1Decoder {
  /** The result of {@link #decode}. */
  public enum Event {
    /** All input was consumed; call again with more. */
    NEED_INPUT,
    /** {@link #head()} is a new request. */
    HEAD,
    /** {@link #body()} is a piece of its body. */
    BODY,
    /** The request is complete, {@link #trailers()} too; the next call starts the next request. */
    END
  }

  // BETWEEN -> REQUEST_LINE -> FIELDS -+-> LENGTH_BODY -------------+-> COMPLETE -> BETWEEN
  //                                    +-> CHUNKED_BODY -> TRAILERS +
  //                                    +----------------------------+
  // any -> FAILED on a malformed or oversized request; FAILED is final
  private enum State {
    BETWEEN,
    REQUEST_LINE,
    FIELDS,
    LENGTH_BODY,
    CHUNKED_BODY,
    TRAILERS,
    COMPLETE,
    FAILED
  }

  /**
   * RFC 9112 2.2 wants at least one empty line before a request ignored; a stream of them is abuse.
   */
  static final int MAX_EMPTY_LINES = 4;

  /** The shared array need not hold the largest head: a larger one gets an array of its own. */
  private static final int MAX_SCRATCH_BYTES = 64 * 1024;

  private static final int MAX_REFUSED_LINE = 1024;

  private static final ByteBuffer NO_BODY = ByteBuffer.allocate(0);

  private final RequestLineParser line;
  private final FramingFields framing;
  private final FieldParser fields;
  private final Limits limits;
  private final int maxPieceBytes;
  private final HeadBytes bytes;
  private @Nullable ChunkedBody chunks;
  private @Nullable FieldParser trailerParser;

  private State state = State.BETWEEN;
  private int parsed;
  private int emptyLines;
  private boolean emptyLineOpen;
  private long bodyRemaining;
  private boolean keepAlive;
  private @Nullable Http1Request head;
  private int headBytes;
  private ByteBuffer body = NO_BODY;
  private Headers trailers = Headers.EMPTY;
  private @Nullable HttpException failure;
  private String refusedLine = "";

  /**
   * Makes a decoder.
   *
   * @param scratch shared by all decoders of one loop and used only during {@link #decode}; {@link
   *     #scratchSize} is its size
   * @param maxPieceBytes the longest {@link #body()}
   */
  public Http1Decoder(Limits limits, Http1Options options, byte[] scratch, int maxPieceBytes) {
    this.limits = limits;
    this.maxPieceBytes = maxPieceBytes;
    line = new RequestLineParser(limits.maxRequestLineBytes(), options.strictTarget());
    framing = new FramingFields(limits.maxBodyBytes());
    fields = FieldParser.ofHead(limits, framing);
    bytes = new HeadBytes(scratch);
  }

  /** Makes a decoder that returns pieces of body as long as its input. */
  public Http1Decoder(Limits limits, Http1Options options, byte[] scratch) {
    this(limits, options, scratch, Integer.MAX_VALUE);
  }

  /** Makes such a decoder with {@link Http1Options#DEFAULTS}. */
  public Http1Decoder(Limits limits, byte[] scratch) {
    this(limits, Http1Options.DEFAULTS, scratch);
  }

  /** How large an array to share so that no usual head is copied twice. */
  public static int scratchSize(Limits limits) {
    long lineEnds = 4;
    long most = (long) limits.maxRequestLineBytes() + limits.maxHeaderBytes() + lineEnds;
    return (int) Math.min(most, MAX_SCRATCH_BYTES);
  }

  /**
   * Consumes input up to the next event. A request without body is {@code HEAD}, then {@code END}
   * even if no input is left.
   *
   * @throws HttpException if the request is malformed or crosses a limit; every further call throws
   *     it again
   */
  public Event decode(ByteBuffer in) {
    try {
      return switch (state) {
        case BETWEEN -> between(in);
        case REQUEST_LINE, FIELDS -> head(in);
        case LENGTH_BODY -> lengthBody(in);
        case CHUNKED_BODY -> chunkedBody(in);
        case TRAILERS -> trailers(in);
        case COMPLETE -> complete();
        case FAILED -> throw failure();
      };
    } catch (HttpException e) {
      if (state == State.REQUEST_LINE || state == State.FIELDS) {
        refusedLine = bytes.firstLine(MAX_REFUSED_LINE);
      }
      state = State.FAILED;
      failure = e;
      bytes.clear();
      throw e;
    }
  }

  /** The request, from its {@code HEAD} until {@link #decode} is called after its {@code END}. */
  public RequestHead head() {
    return request();
  }

  /** As {@link #head()}, with the facts of HTTP/1.1 alone. */
  public Http1Request request() {
    if (head == null) {
      throw new IllegalStateException("no request head yet");
    }
    return head;
  }

  /**
   * The piece of body just found: a view of the input, never empty, valid until the input changes.
   */
  public ByteBuffer body() {
    return body;
  }

  /** The trailer fields of the request that just ended. */
  public Headers trailers() {
    return trailers;
  }

  /** Between requests, and no octet of the next one seen; empty lines before it do not count. */
  public boolean isIdle() {
    return state == State.BETWEEN;
  }

  /** Whether the last request lets the connection live on, by version and {@code Connection}. */
  public boolean keepAlive() {
    return keepAlive;
  }

  /**
   * Number of bytes that must still come of the current body by its Content-Length; {@link
   * Exchange#UNKNOWN_LENGTH} while it is chunked.
   */
  public long bodyRemaining() {
    return bodyRemaining;
  }

  /**
   * For logs: the first line of a head that was refused, or is not complete yet, as far as it was
   * received and 1 KiB at most, one char per octet; empty if there is none.
   */
  public String refusedLine() {
    return state == State.REQUEST_LINE || state == State.FIELDS
        ? bytes.firstLine(MAX_REFUSED_LINE)
        : refusedLine;
  }

  /** How many octets are kept: of an incomplete section, and of the current request's head. */
  public int keptBytes() {
    return bytes.heldBytes() + headBytes;
  }

  /** How many octets of an incomplete head or trailer section are kept until more come. */
  int heldBytes() {
    return bytes.heldBytes();
  }

  private HttpException failure() {
    if (failure == null) {
      throw new IllegalStateException("failed without a cause");
    }
    return failure;
  }

  private Event between(ByteBuffer in) {
    head = null;
    headBytes = 0;
    trailers = Headers.EMPTY;
    while (in.hasRemaining()) {
      byte first = in.get(in.position());
      if (emptyLineOpen) {
        if (first != Octets.LF) {
          throw HttpException.badRequest("CR without LF before a request");
        }
        emptyLineOpen = false;
      } else if (first == Octets.CR) {
        if (++emptyLines > MAX_EMPTY_LINES) {
          throw HttpException.badRequest("too many empty lines before a request");
        }
        emptyLineOpen = true;
      } else {
        begin();
        return head(in);
      }
      in.get();
    }
    return Event.NEED_INPUT;
  }

  private void begin() {
    emptyLines = 0;
    parsed = 0;
    line.begin();
    framing.begin();
    state = State.REQUEST_LINE;
  }

  private Event head(ByteBuffer in) {
    while (bytes.fill(in)) {
      byte[] array = bytes.array();
      if (state == State.REQUEST_LINE) {
        parsed = line.parse(array, parsed, bytes.length());
        if (!line.isDone()) {
          continue;
        }
        fields.begin(parsed);
        state = State.FIELDS;
      }
      parsed = fields.parse(array, parsed, bytes.length());
      if (fields.isDone()) {
        return endHead(in);
      }
    }
    bytes.keep();
    return Event.NEED_INPUT;
  }

  private Event endHead(ByteBuffer in) {
    framing.end(line.version());
    byte[] taken = bytes.copy(parsed);
    bytes.release(in, parsed);
    Http1Request request = new Http1Request(taken, line, fields.block(taken), framing);
    head = request;
    headBytes = taken.length;
    keepAlive = request.keepAlive();
    bodyRemaining = request.contentLength();
    if (bodyRemaining == 0) {
      state = State.COMPLETE;
    } else if (bodyRemaining == Exchange.UNKNOWN_LENGTH) {
      state = State.CHUNKED_BODY;
      chunks().begin();
    } else {
      state = State.LENGTH_BODY;
    }
    return Event.HEAD;
  }

  private Event lengthBody(ByteBuffer in) {
    if (!in.hasRemaining()) {
      return Event.NEED_INPUT;
    }
    int taken = takeBody(in, bodyRemaining);
    bodyRemaining -= taken;
    if (bodyRemaining == 0) {
      state = State.COMPLETE;
    }
    return Event.BODY;
  }

  private Event chunkedBody(ByteBuffer in) {
    ChunkedBody framed = chunks();
    return switch (framed.advance(in)) {
      case NEED_INPUT -> Event.NEED_INPUT;
      case DATA -> {
        framed.consumed(takeBody(in, framed.remaining()));
        yield Event.BODY;
      }
      case TRAILERS -> {
        parsed = 0;
        trailerParser().begin(0);
        state = State.TRAILERS;
        yield trailers(in);
      }
    };
  }

  private int takeBody(ByteBuffer in, long most) {
    int count = (int) Math.min(most, Math.min(maxPieceBytes, in.remaining()));
    int position = in.position();
    body = in.slice(position, count);
    in.position(position + count);
    return count;
  }

  private Event trailers(ByteBuffer in) {
    FieldParser parser = trailerParser();
    while (bytes.fill(in)) {
      parsed = parser.parse(bytes.array(), parsed, bytes.length());
      if (parser.isDone()) {
        trailers = parser.count() == 0 ? Headers.EMPTY : parser.block(bytes.copy(parsed));
        bytes.release(in, parsed);
        return complete();
      }
    }
    bytes.keep();
    return Event.NEED_INPUT;
  }

  private Event complete() {
    body = NO_BODY;
    bodyRemaining = 0;
    state = State.BETWEEN;
    return Event.END;
  }

  private ChunkedBody chunks() {
    if (chunks == null) {
      chunks = new ChunkedBody(limits.maxBodyBytes());
    }
    return chunks;
  }

  private FieldParser trailerParser() {
    if (trailerParser == null) {
      trailerParser = FieldParser.ofTrailers(limits, new TrailerFields());
    }
    return trailerParser;
  }
}
