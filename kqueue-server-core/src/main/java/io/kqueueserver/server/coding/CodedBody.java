package io.kqueueserver.server.coding;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.ExchangeException.Reason;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.coding.CodedFields;
import io.kqueueserver.http.coding.ContentEncoder;
import io.kqueueserver.net.FileInput;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A response body on its way through an encoder. The head is held until the turn ends, so that a
 * body which is complete by then gets its Content-Length; what a turn has written becomes visible
 * to the client at its end, whether or not the application flushes. Long bodies and files are coded
 * in portions, in order, while the connection takes what comes out. The loop's thread only.
 */
final class CodedBody {
  // HOLDING -> STREAMING            its head is held, then sent
  // HOLDING, STREAMING -> FINISHED  coded to its end
  private enum State {
    HOLDING,
    STREAMING,
    FINISHED
  }

  /** 256 KiB at level 6 cost a loop some five milliseconds; others want their turn then. */
  private static final int PORTION_BYTES = 256 * 1024;

  /** A body that codes to more than this is sent as it comes. */
  private static final int HELD_BYTES = 32 * 1024;

  private final Exchange delegate;
  private final CodingContext context;
  private final BodySteps steps;

  private State state = State.HOLDING;
  private boolean dropped;
  private boolean resetAsked;
  private boolean hasCoded;
  private boolean encoderFailed;
  private @Nullable ContentEncoder encoder;
  private @Nullable CodedFields fields;
  private final int status;
  private final long announced;
  private long taken;

  private boolean unflushed;
  private boolean turnEndAsked;

  /**
   * Holds a head whose body is to come.
   *
   * @param encoder goes back to the context when the body ends, however it does
   * @param announced bytes the application will write, or {@link CodedFields#NO_LENGTH}
   * @param whenWritable tells the application, which has asked, that more is taken
   */
  CodedBody(
      Exchange delegate,
      CodingContext context,
      ContentEncoder encoder,
      CodedFields fields,
      int status,
      long announced,
      Runnable whenWritable) {
    this.delegate = delegate;
    this.context = context;
    this.encoder = encoder;
    this.fields = fields;
    this.status = status;
    this.announced = announced;
    this.steps = new BodySteps(delegate, context.loop, this::failed, whenWritable);
    askForTurnEnd(); // a head alone leaves then, too
  }

  boolean isFinished() {
    return state == State.FINISHED;
  }

  boolean holdsHead() {
    return state == State.HOLDING;
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

  // ---- what the application writes

  void write(ByteBuffer data, @Nullable Runnable release) {
    if (!accounts(data.remaining())) {
      data.position(data.limit());
      run(release);
      return;
    }
    if (steps.isIdle() && data.remaining() <= PORTION_BYTES) {
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
    steps.add(new Portions(kept, release));
  }

  void writeFile(Path file, long position, long count, @Nullable Runnable done) {
    if (!accounts(count)) {
      run(done);
      return;
    }
    FileInput input =
        new FileInput(
            file,
            position,
            count,
            context.fileWorker,
            context.fileOpener,
            context.loop,
            steps::goOn,
            done);
    steps.add(new FilePieces(delegate, steps, input, this::encode));
  }

  /** A long buffer, or one behind something else. */
  private final class Portions implements BodySteps.Step {
    private final ByteBuffer data;
    private @Nullable Runnable release;

    private long held;

    Portions(ByteBuffer data, @Nullable Runnable release) {
      this.data = data;
      this.release = release;
      this.held = data.remaining();
      delegate.holds(held);
    }

    @Override
    public boolean run() {
      int portion = Math.min(PORTION_BYTES, data.remaining());
      encode(data.slice(data.position(), portion));
      data.position(data.position() + portion);
      if (data.hasRemaining()) {
        steps.goOnNextTurn();
        return false;
      }
      drop();
      return true;
    }

    /** Perhaps from within {@link #run}, if that found the connection gone. */
    @Override
    public void drop() {
      delegate.holds(-held);
      held = 0;
      Runnable once = release;
      release = null;
      CodedBody.run(once);
    }
  }

  private static ByteBuffer copy(ByteBuffer data) {
    return ByteBuffer.allocate(data.remaining()).put(data.duplicate()).flip();
  }

  /** Whether these bytes are to be coded; more of them than announced break the exchange off. */
  private boolean accounts(long count) {
    if (dropped || resetAsked || count == 0) {
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
    hasCoded = true;
    unflushed = true;
    if (coding.length() > HELD_BYTES) {
      sendHead(Exchange.UNKNOWN_LENGTH);
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
      context.loop.atTurnEnd(this::onTurnEnd);
      turnEndAsked = true;
    }
  }

  private void onTurnEnd() {
    turnEndAsked = false;
    // While a file or a long buffer is on its way the source is not idle: no flush costs it bytes.
    if (!isFinished() && steps.isEmpty() && !dropped) {
      steps.guarded(
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
    sendHead(Exchange.UNKNOWN_LENGTH);
    if (coding != null) {
      emit(coding);
    }
  }

  void flush() {
    steps.inOrder(
        () -> {
          bringOut();
          delegate.flush();
        });
  }

  void whenFlushed(Runnable callback) {
    steps.inOrder(
        () -> {
          bringOut();
          delegate.whenFlushed(callback);
        });
  }

  void finish(HeaderSource trailers) {
    steps.inOrder(() -> end(trailers));
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
      sendHead(trailers == HeaderSource.NONE ? coding.length() : Exchange.UNKNOWN_LENGTH);
      emit(coding);
    }
    state = State.FINISHED;
    fields = null;
    releaseEncoder();
    delegate.finish(trailers);
  }

  boolean isWritable() {
    return steps.isWritable();
  }

  void onWritable() {
    steps.onWritable();
  }

  // ---- what may go wrong

  /**
   * Half of a coded body is of no use: what fails in the coding costs this exchange, and it alone.
   */
  private void atWork(Runnable work) {
    try {
      work.run();
    } catch (RuntimeException | Error e) {
      encoderFailed = true;
      failed(e);
      throw e;
    }
  }

  private void failed(Throwable cause) {
    String what = cause instanceof IOException ? "" : "the response could not be compressed: ";
    fail(what + cause, cause);
  }

  private void fail(String message, @Nullable Throwable cause) {
    resetNow(new ExchangeException(Reason.APPLICATION, message, cause));
  }

  /** Breaks the exchange off behind what the application has written before; takes no more. */
  void reset(ExchangeException cause) {
    if (!resetAsked) {
      resetAsked = true;
      steps.inOrder(() -> resetNow(cause));
    }
  }

  /**
   * Breaks the exchange off behind the bytes that are coded already. If there are none, nothing was
   * sent of this response, and the delegate may still answer with an error.
   */
  private void resetNow(ExchangeException cause) {
    resetAsked = true;
    try {
      if (hasCoded && !encoderFailed) {
        bringOut();
      }
    } finally {
      delegate.reset(cause);
    }
  }

  private void releaseEncoder() {
    ContentEncoder coding = encoder;
    if (coding != null) {
      encoder = null;
      context.release(coding);
    }
  }

  /** The exchange has ended: lets go of whatever is left. Safe to call again. */
  void drop() {
    dropped = true;
    releaseEncoder();
    fields = null;
    steps.drop();
  }

  private static void run(@Nullable Runnable action) {
    if (action != null) {
      action.run();
    }
  }
}
