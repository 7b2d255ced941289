package io.kqueueserver.server.coding;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.ExchangeException.Reason;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.coding.CodedFields;
import io.kqueueserver.http.coding.ContentEncoder;
import io.kqueueserver.net.FileInput;
import io.kqueueserver.net.Releases;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A response body on its way through an encoder. The head is held until the turn ends, so that a
 * body that is complete by then gets a Content-Length. Bytes written in a turn leave at its end,
 * even if the application does not flush. Long bodies and files are coded in portions, in order,
 * while the connection takes bytes. The loop's thread only.
 */
final class CodedBody {
  // HOLDING -> STREAMING            the held head was sent
  // HOLDING, STREAMING -> FINISHED  the body was coded to its end
  private enum State {
    HOLDING,
    STREAMING,
    FINISHED
  }

  /** 256 KiB per portion: at level 6 a portion costs a loop some five milliseconds. */
  private static final int PORTION_BYTES = 256 * 1024;

  /** 32 KiB: a body with more coded bytes is not held until the turn ends. */
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
   * Holds a head whose body follows.
   *
   * @param encoder goes back to the context when the body ends, by success or failure
   * @param announced number of bytes the application will write, or {@link Exchange#UNKNOWN_LENGTH}
   * @param whenWritable notifies the application that the exchange is writable again
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
    askForTurnEnd(); // a head alone leaves at the end of the turn, too
  }

  boolean isFinished() {
    return state == State.FINISHED;
  }

  boolean holdsHead() {
    return state == State.HOLDING;
  }

  /**
   * Sends the held head.
   *
   * @param codedLength the coded length of the body, or {@link Exchange#UNKNOWN_LENGTH}
   */
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

  // ---- the application's writes

  void write(ByteBuffer data, @Nullable Runnable release) {
    if (!accounts(data.remaining())) {
      data.position(data.limit());
      Releases.run(release);
      return;
    }
    if (steps.isIdle() && data.remaining() <= PORTION_BYTES) {
      try {
        encode(data);
      } finally {
        Releases.run(release);
      }
      return;
    }
    // Without a release the caller may reuse the buffer after the return.
    ByteBuffer kept = release != null ? data.duplicate() : copy(data);
    data.position(data.limit());
    steps.add(new Portions(kept, release));
  }

  void writeFile(Path file, long position, long count, @Nullable Runnable done) {
    if (!accounts(count)) {
      Releases.run(done);
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

  /** The step of a long buffer, or of a buffer after another step. */
  private final class Portions implements BodySteps.Step {
    private final ByteBuffer data;
    private @Nullable Runnable release;

    private long held;

    Portions(ByteBuffer data, @Nullable Runnable release) {
      this.data = data;
      this.release = release;
      this.held = data.remaining();
      delegate.holds(held);
      lent(release == null ? 0 : 1);
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

    /** Releases the buffer. May be called within {@link #run}, if the connection has closed. */
    @Override
    public void drop() {
      delegate.holds(-held);
      held = 0;
      Runnable once = release;
      release = null;
      lent(once == null ? 0 : -1);
      Releases.run(once);
    }
  }

  private void lent(int change) {
    context.loop.stats().lentToResponses += change;
  }

  private static ByteBuffer copy(ByteBuffer data) {
    return ByteBuffer.allocate(data.remaining()).put(data.duplicate()).flip();
  }

  /** Whether bytes must be coded. More bytes than announced reset the exchange. */
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

  /** Passes the encoder's output on. */
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
    // While a file or a long buffer is being coded, no flush is needed, which would cost bytes.
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
      delegate.respond(status, held, 0); // an empty body is not coded
    } else {
      atWork(coding::finish);
      // Trailers need chunks; a complete body without trailers does not.
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

  // ---- failures

  /** Runs work of the coding. An exception resets this exchange, and this exchange only. */
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

  /** Resets the exchange after the bytes written before. Takes no more bytes. */
  void reset(ExchangeException cause) {
    if (!resetAsked) {
      resetAsked = true;
      steps.inOrder(() -> resetNow(cause));
    }
  }

  /**
   * Resets the exchange after the bytes that are coded already. If no byte was coded, no head was
   * sent, and the delegate may still send an error.
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

  /** The exchange has ended: releases all buffers. Safe to call again. */
  void drop() {
    dropped = true;
    releaseEncoder();
    fields = null;
    steps.drop();
  }
}
