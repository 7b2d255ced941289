package io.kqueueserver.net;

import io.kqueueserver.ffi.NativeBuffer;

/** For tests of what is sent: nothing comes, files are not sent, and the end is not told. */
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
