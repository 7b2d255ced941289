package io.kqueueserver.http.contract;

import io.kqueueserver.http.ByteStream;
import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.StreamHandler;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Records the calls of a stream handler, and acts or throws in them as a test wishes. */
public final class HeardStream implements StreamHandler {
  public final List<String> calls = new CopyOnWriteArrayList<>();
  private final StringBuilder bytes = new StringBuilder();

  volatile @Nullable ByteStream stream;
  public volatile @Nullable ExchangeException cause;

  /** How many bytes of a buffer are read in one call. */
  volatile int bite = Integer.MAX_VALUE;

  /** Runs in each callback, after it was recorded, with its name. */
  volatile Consumer<String> then = call -> {};

  private synchronized void append(char octet) {
    bytes.append(octet);
  }

  private void hear(String call) {
    calls.add(call);
    then.accept(call);
  }

  @Override
  public void onOpen(ByteStream opened) {
    stream = opened;
    hear("open");
  }

  @Override
  public void onBytes(ByteBuffer data) {
    for (int i = 0; i < bite && data.hasRemaining(); i++) {
      append((char) (data.get() & 0xff));
    }
    hear("bytes");
  }

  @Override
  public void onInputEnd() {
    hear("inputEnd");
  }

  @Override
  public void onWritable() {
    hear("writable");
  }

  @Override
  public void onDeadline() {
    hear("deadline");
  }

  @Override
  public void onDrain() {
    hear("drain");
  }

  @Override
  public void onEnd(@Nullable ExchangeException why) {
    cause = why;
    hear("end");
  }

  /** All bytes so far, one char each. */
  synchronized String bytes() {
    return bytes.toString();
  }

  public long count(String call) {
    return calls.stream().filter(call::equals).count();
  }
}
