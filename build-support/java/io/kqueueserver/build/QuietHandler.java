package io.kqueueserver.build;

import io.kqueueserver.net.ConnectionHandler;
import io.kqueueserver.stats.CloseReason;
import java.nio.ByteBuffer;

/** Takes all input and does nothing in any callback; tests override what they are about. */
public interface QuietHandler extends ConnectionHandler {
  @Override
  default boolean wantsInput() {
    return true;
  }

  @Override
  default void onInput(ByteBuffer in) {}

  @Override
  default void onInputEnd() {}

  @Override
  default void onPeerClosed() {}

  @Override
  default void onWritable() {}

  @Override
  default void onDeadline() {}

  @Override
  default void onDrain(CloseReason reason) {}

  @Override
  default void onClosed(CloseReason reason) {}
}
