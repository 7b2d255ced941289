package io.kqueueserver.ffi;

import jnr.ffi.provider.jffi.NoX86;

/** sendfile(2) as Darwin has it. */
@NoX86 // six arguments: see KqueueCalls
public interface DarwinSendfile {
  /**
   * File first; {@code len} points to an in-out {@code off_t}: bytes wanted (0: all), then bytes
   * sent, those of the headers included in both.
   */
  int sendfile(int fd, int s, long offset, long len, long hdtr, int flags);
}
