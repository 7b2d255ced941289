package io.kqueueserver.queue;

import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeOptions;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(OS.LINUX)
class EpollKqueueTest extends KqueueContract {
  @Override
  Native natives() {
    return Native.load(new NativeOptions(null, null, null, null));
  }
}
