package io.kqueueserver.net;

import io.kqueueserver.ffi.NativeBuffer;

/** A transport for tests of output: reads nothing, sends no file, and never ends. */
public abstract class SilentTransport implements Transport {
  @Override
  public int read(NativeBuffer into, int most) {
    return 0;
  }

  @Override
  public boolean hasSendfile() {
    return false;
  }

  @Override
  public long sendfile(int fileFd, long offset, long count) {
    return 0;
  }

  @Override
  public void shutdownWrite() {}
}
