package io.kqueueserver.server;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.ExchangeException.Reason;
import io.kqueueserver.http.ExchangeListener;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.Headers;
import io.kqueueserver.http.RequestHead;
import io.kqueueserver.http.UpgradeHandler;
import io.kqueueserver.http.coding.CodedFields;
import io.kqueueserver.http.coding.ContentCoding;
import io.kqueueserver.http.coding.ContentEncoder;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Supplier;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * An exchange whose response body may be coded on its way out. The head is held until the turn
 * ends, so that a body which is complete by then gets its Content-Length; what a turn has written
 * becomes visible to the client at its end, whether or not the application flushes. Long bodies and
 * files are coded in portions, in order, while the connection takes what comes out.
 */
final class CompressingExchange implements Exchange, ExchangeListener {
  // OPEN -> PLAIN                   not for this response: everything passes through
  // OPEN -> HOLDING -> STREAMING    coded; its head is held, then sent
  // HOLDING, STREAMING -> FINISHED  coded to its end
  private enum State {
    OPEN,
    PLAIN,
    HOLDING,
    STREAMING,
    FINISHED
  }

  /** One thing the application did that has to wait for what it did before. */
  @FunctionalInterface
  private interface Step {
    /** Goes on with it; false if it is not done yet, and will be taken up again. */
    boolean run() throws IOException;

    /** The exchange has ended before its turn. */
    default void drop() {}
  }

  private static final ExchangeListener DEAF = new ExchangeListener() {};

  /** 256 KiB at level 6 cost a loop some five milliseconds; others want their turn then. */
  private static final int PORTION_BYTES = 256 * 1024;

  /** A body that codes to more than this is sent as it comes. */
  private static final int HELD_BYTES = 32 * 1024;

  private final Exchange delegate;
  private final CodingContext context;
  private final @Nullable ContentCoding accepted;

  private ExchangeListener listener = DEAF;
  private boolean listening;
  private State state = State.OPEN;
  private boolean ended;

  private @Nullable ContentEncoder encoder;
  private @Nullable CodedFields fields;
  private int status;
  private long announced;
  private long taken;

  private final Deque<Step> steps = new ArrayDeque<>(0);
  private boolean running;
  private boolean unflushed;
  private boolean turnEndAsked;
  private boolean awaitsWritable;

  CompressingExchange(Exchange delegate, CodingContext context) {
    this.delegate = delegate;
    this.context = context;
    Headers headers = delegate.request().headers();
    boolean never = context.options.excludes(headers.first("User-Agent"));
    accepted = never ? null : context.choose(headers.all("Accept-Encoding"));
  }

  private boolean isCoding() {
    return state == State.HOLDING || state == State.STREAMING;
  }

  // ---- the response head

  @Override
  public void respond(int status, HeaderSource source, long contentLength) {
    if (ended || state == State.PLAIN) {
      delegate.respond(status, source, contentLength);
      return;
    }
    if (state != State.OPEN) {
      throw new IllegalStateException("the response head was already sent");
    }
    CodedFields copy = new CodedFields(source);
    boolean compressible = copy.isCompressible(context.options, status, contentLength);
    if (compressible || (status == 304 && copy.mayStandForCompressible(context.options))) {
      copy.vary();
    }
    if (status == 304) {
      copy.weakenTagIfAskedFor(delegate.request().headers().all("If-None-Match"));
    }
    ContentCoding chosen = compressible ? accepted : null;
    if (isHead()) {
      describe(status, copy, contentLength, chosen);
      return;
    }
    ContentEncoder acquired = chosen == null ? null : context.acquire(chosen);
    if (acquired == null) {
      delegate.respond(status, copy.differs() ? copy : source, contentLength);
      state = State.PLAIN;
      return;
    }
    encoder = acquired;
    fields = copy;
    this.status = status;
    announced = contentLength >= 0 ? contentLength : copy.contentLength();
    state = State.HOLDING;
    if (!listening) {
      delegate.listener(this); // so that the encoder comes back, whatever happens
    }
    askForTurnEnd(); // a head alone leaves then, too
  }

  /**
   * Answers HEAD as GET would be, but without a length where that would be the coded body's: nobody
   * knows it, the plain body's must not stand for it, and would make caches drop what they have
   * (RFC 9110 8.6, 9.3.2, RFC 9111 4.3.5). Where no length is given GET's body may be a short one,
   * which stays as it is.
   */
  private void describe(
      int status, CodedFields copy, long contentLength, @Nullable ContentCoding chosen) {
    boolean coded = chosen != null && (contentLength > 0 || copy.contentLength() > 0);
    copy.coding(coded ? chosen : null);
    delegate.respond(status, copy, coded ? UNKNOWN_LENGTH : contentLength);
    state = State.PLAIN;
  }

  private boolean isHead() {
    return delegate.request().method().equals("HEAD");
  }

  /** Sends the held head; the body's coded length if it is known, else {@code UNKNOWN_LENGTH}. */
  private void sendHead(long codedLength) {
    CodedFields held = fields;
    ContentEncoder coding = encoder;
    if (state == State.HOLDING && held != null && coding != null) {
      held.coding(coding.coding());
      state = State.STREAMING;
      fields = null;
      delegate.respond(status, held, codedLength);
    }
  }

  // ---- the response body

  @Override
  public void write(ByteBuffer data, @Nullable Runnable release) {
    if (!isCoding()) {
      delegate.write(data, release);
      return;
    }
    if (!accounts(data.remaining())) {
      data.position(data.limit());
      run(release);
      return;
    }
    if (steps.isEmpty() && !running && data.remaining() <= PORTION_BYTES) {
      try {
        encode(data);
      } finally {
        run(release);
      }
      return;
    }
    // Without a release the buffer is the caller's again when we return.
    ByteBuffer kept = release != null ? data.duplicate() : copy(data);
    data.position(data.limit());
    add(new Portions(kept, release));
  }

  @Override
  public void writeFile(Path file, long position, long count, @Nullable Runnable done) {
    if (!isCoding()) {
      delegate.writeFile(file, position, count, done);
      return;
    }
    if (!accounts(count)) {
      run(done);
      return;
    }
    FileInput input =
        new FileInput(file, position, count, context.fileWorker, context.loop, this::goOn, done);
    add(
        new Step() {
          @Override
          public boolean run() throws IOException {
            ByteBuffer piece = input.next();
            if (piece != null) {
              encode(piece);
            }
            if (input.isAtEnd()) {
              input.close();
              return true;
            }
            if (piece != null) {
              goOnNextTurn();
            }
            return false;
          }

          @Override
          public void drop() {
            input.close();
          }
        });
  }

  /** A long buffer, or one behind something else. */
  private final class Portions implements Step {
    private final ByteBuffer data;
    private @Nullable Runnable release;

    Portions(ByteBuffer data, @Nullable Runnable release) {
      this.data = data;
      this.release = release;
    }

    @Override
    public boolean run() {
      int portion = Math.min(PORTION_BYTES, data.remaining());
      encode(data.slice(data.position(), portion));
      data.position(data.position() + portion);
      if (data.hasRemaining()) {
        goOnNextTurn();
        return false;
      }
      drop();
      return true;
    }

    /** Perhaps from within {@link #run}, if that found the connection gone. */
    @Override
    public void drop() {
      Runnable once = release;
      release = null;
      CompressingExchange.run(once);
    }
  }

  private static ByteBuffer copy(ByteBuffer data) {
    return ByteBuffer.allocate(data.remaining()).put(data.duplicate()).flip();
  }

  /** Whether these bytes are to be coded; more of them than announced break the exchange off. */
  private boolean accounts(long count) {
    if (ended || count == 0) {
      return false;
    }
    taken += count;
    if (announced >= 0 && taken > announced) {
      fail("more body bytes than Content-Length " + announced, null);
      return false;
    }
    return true;
  }

  private void encode(ByteBuffer data) {
    ContentEncoder coding = encoder;
    if (coding == null) {
      return;
    }
    atWork(() -> coding.encode(data));
    unflushed = true;
    if (coding.length() > HELD_BYTES) {
      sendHead(UNKNOWN_LENGTH);
    }
    if (state == State.STREAMING) {
      emit(coding);
    }
    askForTurnEnd();
  }

  /** Passes on what the encoder has brought out. */
  private void emit(ContentEncoder coding) {
    if (coding.length() > 0) {
      delegate.write(ByteBuffer.wrap(coding.bytes(), 0, coding.length()), null);
      coding.clear();
    }
  }

  private void askForTurnEnd() {
    if (!turnEndAsked) {
      turnEndAsked = true;
      context.loop.atTurnEnd(this::onTurnEnd);
    }
  }

  private void onTurnEnd() {
    turnEndAsked = false;
    // While a file or a long buffer is on its way the source is not idle: no flush costs it bytes.
    if (isCoding() && steps.isEmpty() && !ended) {
      guarded(
          () -> {
            bringOut();
            delegate.flush();
          });
    }
  }

  private void bringOut() {
    ContentEncoder coding = encoder;
    if (coding != null && unflushed) {
      unflushed = false;
      atWork(coding::flush);
    }
    sendHead(UNKNOWN_LENGTH);
    if (coding != null) {
      emit(coding);
    }
  }

  @Override
  public void flush() {
    if (isCoding()) {
      inOrder(
          () -> {
            bringOut();
            delegate.flush();
          });
    } else {
      delegate.flush();
    }
  }

  @Override
  public void whenFlushed(Runnable callback) {
    if (isCoding()) {
      inOrder(
          () -> {
            bringOut();
            delegate.whenFlushed(callback);
          });
    } else {
      delegate.whenFlushed(callback);
    }
  }

  @Override
  public void finish(HeaderSource trailers) {
    if (state == State.FINISHED) {
      return;
    }
    if (isCoding()) {
      inOrder(() -> end(trailers));
    } else {
      delegate.finish(trailers);
    }
  }

  private void end(HeaderSource trailers) {
    ContentEncoder coding = encoder;
    CodedFields held = fields;
    if (coding == null) {
      return;
    }
    if (announced >= 0 && taken < announced) {
      fail("the body ended after " + taken + " of " + announced + " bytes", null);
      return;
    }
    if (taken == 0 && held != null) {
      delegate.respond(status, held, 0); // nothing to code, so no coding
    } else {
      atWork(coding::finish);
      // Trailers need chunks; a body that is all there does without them.
      sendHead(trailers == HeaderSource.NONE ? coding.length() : UNKNOWN_LENGTH);
      emit(coding);
    }
    state = State.FINISHED;
    fields = null;
    releaseEncoder();
    delegate.finish(trailers);
  }

  // ---- what has to wait

  private void inOrder(Runnable action) {
    if (steps.isEmpty() && !running) {
      action.run();
    } else {
      add(
          () -> {
            action.run();
            return true;
          });
    }
  }

  private void add(Step step) {
    steps.add(step);
    goOn();
  }

  private void goOnNextTurn() {
    context.loop.nextTurn(this::goOn);
  }

  /** Takes steps while the connection takes bytes. */
  private void goOn() {
    if (running) {
      return;
    }
    running = true;
    boolean waited = !steps.isEmpty();
    try {
      guarded(this::takeSteps);
    } finally {
      running = false;
    }
    if (waited && awaitsWritable && isWritable()) {
      tellWritable();
    }
  }

  private void takeSteps() throws IOException {
    while (!ended && delegate.isWritable()) {
      Step step = steps.peek();
      if (step == null || !step.run()) {
        return;
      }
      if (steps.peek() == step) {
        steps.poll();
      }
    }
  }

  private void tellWritable() {
    awaitsWritable = false;
    try {
      listener.onWritable();
    } catch (RuntimeException | Error e) {
      delegate.reset(new ExchangeException(Reason.APPLICATION, "the handler failed: " + e, e));
      throw e; // to whoever logs and counts it
    }
  }

  @FunctionalInterface
  private interface Work {
    void run() throws IOException;
  }

  /** What fails outside of the application's own call costs it this exchange. */
  private void guarded(Work work) {
    try {
      work.run();
    } catch (IOException | RuntimeException e) {
      fail("the response could not be compressed: " + e.getMessage(), e);
    } catch (Error e) {
      fail("the response could not be compressed: " + e, e);
      throw e; // to whoever logs and counts it
    }
  }

  /**
   * Half of a coded body is of no use: what fails in the coding costs this exchange, and it alone.
   */
  private void atWork(Runnable work) {
    try {
      work.run();
    } catch (RuntimeException | Error e) {
      fail("the response could not be compressed: " + e, e);
      throw e;
    }
  }

  private void fail(String message, @Nullable Throwable cause) {
    delegate.reset(new ExchangeException(Reason.APPLICATION, message, cause));
  }

  private void releaseEncoder() {
    ContentEncoder coding = encoder;
    if (coding != null) {
      encoder = null;
      context.release(coding);
    }
  }

  private void cleanUp() {
    ended = true;
    releaseEncoder();
    fields = null;
    for (Step step = steps.poll(); step != null; step = steps.poll()) {
      step.drop();
    }
  }

  // ---- what the exchange tells

  @Override
  public void onBody(ByteBuffer data) {
    listener.onBody(data);
  }

  @Override
  public void onBodyComplete(Headers trailers) {
    listener.onBodyComplete(trailers);
  }

  @Override
  public void onWritable() {
    awaitsWritable = true;
    if (steps.isEmpty()) {
      tellWritable();
    } else {
      goOn();
    }
  }

  @Override
  public void onComplete() {
    cleanUp();
    listener.onComplete();
  }

  @Override
  public void onError(ExchangeException cause) {
    cleanUp();
    listener.onError(cause);
  }

  // ---- the rest is not ours

  @Override
  public void listener(ExchangeListener listener) {
    this.listener = listener;
    listening = true;
    delegate.listener(this);
  }

  @Override
  public boolean isWritable() {
    boolean writable = steps.isEmpty() && delegate.isWritable();
    awaitsWritable |= !writable;
    return writable;
  }

  @Override
  public boolean isCommitted() {
    return isCoding() || state == State.FINISHED || delegate.isCommitted();
  }

  @Override
  public void reset(ExchangeException cause) {
    delegate.reset(cause);
  }

  @Override
  public void inform(int status, HeaderSource fields) {
    if (!isCoding()) {
      delegate.inform(status, fields);
    }
  }

  @Override
  public void upgrade(int status, HeaderSource fields, UpgradeHandler handler) {
    if (state == State.HOLDING) {
      throw new IllegalStateException("its response has begun");
    }
    delegate.upgrade(status, fields, handler);
  }

  @Override
  public RequestHead request() {
    return delegate.request();
  }

  @Override
  public String scheme() {
    return delegate.scheme();
  }

  @Override
  public @Nullable SSLSession tlsSession() {
    return delegate.tlsSession();
  }

  @Override
  public long id() {
    return delegate.id();
  }

  @Override
  public InetSocketAddress remoteAddress() {
    return delegate.remoteAddress();
  }

  @Override
  public InetSocketAddress localAddress() {
    return delegate.localAddress();
  }

  @Override
  public void handledBy(Supplier<@Nullable String> handler) {
    delegate.handledBy(handler);
  }

  @Override
  public boolean inLoop() {
    return delegate.inLoop();
  }

  @Override
  public boolean execute(Runnable task) {
    return delegate.execute(task);
  }

  @Override
  public void demand(long pieces) {
    delegate.demand(pieces);
  }

  @Override
  public void discardBody() {
    delegate.discardBody();
  }

  private static void run(@Nullable Runnable action) {
    if (action != null) {
      action.run();
    }
  }
}
