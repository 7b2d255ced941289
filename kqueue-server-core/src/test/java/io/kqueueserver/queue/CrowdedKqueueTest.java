package io.kqueueserver.queue;

import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeOptions;
import java.util.Set;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** That a thread yields before it waits changes nothing that a caller can see. */
@EnabledOnOs(OS.LINUX)
class CrowdedKqueueTest extends KqueueContract {
  @Override
  protected Native natives() {
    return Native.load(new NativeOptions(null, null, null, null));
  }

  @Override
  protected Kqueue openQueue(Native natives) {
    return Kqueues.open(natives, true);
  }

  /** The queue below is counted in full. */
  @Override
  protected int wakeupRounds() {
    return 20_000;
  }

  @Override
  protected Set<KqueueDifference> differences() {
    return KqueueDifference.TWIN;
  }
}
