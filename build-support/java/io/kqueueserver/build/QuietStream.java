package io.kqueueserver.build;

import io.kqueueserver.http.ByteStream;
import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.StreamHandler;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** A stream whose handler does nothing. */
public class QuietStream implements StreamHandler {
  @Override
  public void onOpen(ByteStream stream) {}

  @Override
  public void onBytes(ByteBuffer data) {}

  @Override
  public void onInputEnd() {}

  @Override
  public void onEnd(@Nullable ExchangeException cause) {}
}
