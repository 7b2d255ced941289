package io.kqueueserver.outside;

import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeOptions;
import io.kqueueserver.queue.KqueueContract;
import io.kqueueserver.queue.KqueueDifference;
import java.util.Set;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** The published contract, extended from another package with what is public of it. */
@EnabledOnOs(OS.LINUX)
class OutsideKqueueTest extends KqueueContract {
  @Override
  protected Native natives() {
    return Native.load(new NativeOptions(null, null, null, null));
  }

  @Override
  protected Set<KqueueDifference> differences() {
    return KqueueDifference.TWIN;
  }

  @Override
  protected int wakeupRounds() {
    return 1_000;
  }
}
