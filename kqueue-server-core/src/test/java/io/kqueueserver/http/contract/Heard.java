package io.kqueueserver.http.contract;

import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.ExchangeListener;
import io.kqueueserver.http.Headers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Records the calls of a listener, and acts or throws in them as a test wishes. */
final class Heard implements ExchangeListener {
  final List<String> calls = new CopyOnWriteArrayList<>();
  final List<ByteBuffer> pieces = new CopyOnWriteArrayList<>();

  volatile @Nullable Headers trailers;
  volatile @Nullable ExchangeException cause;

  /** Runs in each callback, after it was recorded, with its name. */
  volatile Consumer<String> then = call -> {};

  private void hear(String call) {
    calls.add(call);
    then.accept(call);
  }

  @Override
  public void onBody(ByteBuffer data) {
    pieces.add(data);
    hear("body");
  }

  @Override
  public void onBodyComplete(Headers received) {
    trailers = received;
    hear("bodyComplete");
  }

  @Override
  public void onWritable() {
    hear("writable");
  }

  @Override
  public void onComplete() {
    hear("complete");
  }

  @Override
  public void onError(ExchangeException why) {
    cause = why;
    hear("error");
  }

  /** All pieces so far, one char per byte. */
  String body() {
    StringBuilder body = new StringBuilder();
    for (ByteBuffer piece : pieces) {
      body.append(StandardCharsets.ISO_8859_1.decode(piece.duplicate()));
    }
    return body.toString();
  }

  long count(String call) {
    return calls.stream().filter(call::equals).count();
  }

  boolean hasEnded() {
    return count("complete") + count("error") > 0;
  }
}
