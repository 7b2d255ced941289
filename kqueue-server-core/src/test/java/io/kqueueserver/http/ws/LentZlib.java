package io.kqueueserver.http.ws;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/** A lender that counts, and lends what comes back again, as a pool does. */
final class LentZlib implements ZlibLender {
  private final Deque<Inflater> inflaters = new ArrayDeque<>();
  private final Deque<Deflater> deflaters = new ArrayDeque<>();
  private final ByteBuffer scratch = ByteBuffer.allocate(8 * 1024);
  private int lent;

  @Override
  public Inflater inflater() {
    lent++;
    Inflater kept = inflaters.poll();
    return kept == null ? new Inflater(true) : kept;
  }

  @Override
  public Deflater deflater() {
    lent++;
    Deflater kept = deflaters.poll();
    return kept == null ? new Deflater(6, true) : kept;
  }

  @Override
  public void giveBack(Inflater inflater) {
    lent--;
    inflater.reset();
    inflaters.push(inflater);
  }

  @Override
  public void giveBack(Deflater deflater) {
    lent--;
    deflater.reset();
    deflaters.push(deflater);
  }

  @Override
  public ByteBuffer scratch() {
    return scratch;
  }

  int lent() {
    return lent;
  }

  void end() {
    inflaters.forEach(Inflater::end);
    deflaters.forEach(Deflater::end);
  }
}
