package io.kqueueserver.server.ws;

import io.kqueueserver.http.ws.ZlibLender;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/**
 * The inflaters and deflaters of one loop, lent to sessions for a message each. A few of each kind
 * are kept for the next message. Further returned ones are ended, which frees their native memory.
 * The loop's thread only, except for {@link #close}.
 */
final class LoopZlib implements ZlibLender {
  /** 8 of each kind are kept: 2.4 MiB of native memory per loop at most. */
  private static final int MAX_IDLE = 8;

  /** 64 MiB of lent deflaters on one loop. Beyond it messages are not compressed. */
  private static final int MAX_LENT_DEFLATERS = 64 * 1024 * 1024 / DEFLATER_BYTES;

  /** Level 6: speed before size, for messages that are generated. */
  private static final int LEVEL = 6;

  private static final int SCRATCH_BYTES = 8 * 1024;

  private final Deque<Inflater> inflaters = new ArrayDeque<>(MAX_IDLE);
  private final Deque<Deflater> deflaters = new ArrayDeque<>(MAX_IDLE);
  private final ByteBuffer scratch = ByteBuffer.allocate(SCRATCH_BYTES);
  private int lentInflaters;
  private int lentDeflaters;
  private boolean closed;

  /** Whether another deflater may be lent. */
  boolean mayLendDeflater() {
    return lentDeflaters < MAX_LENT_DEFLATERS;
  }

  @Override
  public Inflater inflater() {
    lentInflaters++;
    Inflater kept = inflaters.pollLast();
    return kept == null ? new Inflater(true) : kept;
  }

  @Override
  public Deflater deflater() {
    lentDeflaters++;
    Deflater kept = deflaters.pollLast();
    return kept == null ? new Deflater(LEVEL, true) : kept;
  }

  @Override
  public void giveBack(Inflater inflater) {
    lentInflaters--;
    takeBack(inflater, inflaters, Inflater::reset, Inflater::end);
  }

  @Override
  public void giveBack(Deflater deflater) {
    lentDeflaters--;
    takeBack(deflater, deflaters, Deflater::reset, Deflater::end);
  }

  private <T> void takeBack(T back, Deque<T> kept, Consumer<T> reset, Consumer<T> end) {
    if (closed || kept.size() == MAX_IDLE) {
      end.accept(back);
    } else {
      reset.accept(back);
      kept.addLast(back);
    }
  }

  @Override
  public ByteBuffer scratch() {
    return scratch;
  }

  /** Number of inflaters and deflaters that are lent now. */
  int lent() {
    return lentInflaters + lentDeflaters;
  }

  /** Frees kept memory. Called after the end of the loop, by the thread that waited for the end. */
  void close() {
    closed = true;
    inflaters.forEach(Inflater::end);
    deflaters.forEach(Deflater::end);
    inflaters.clear();
    deflaters.clear();
  }
}
