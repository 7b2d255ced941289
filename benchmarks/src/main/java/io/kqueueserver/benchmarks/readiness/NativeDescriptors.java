package io.kqueueserver.benchmarks.readiness;

import io.kqueueserver.ffi.LibC;
import io.kqueueserver.ffi.LinuxLibC;
import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeBuffer;
import java.util.Arrays;

/**
 * Descriptors by number, made and used through our FFI: eventfds, of which one descriptor each is
 * enough; pipes where there are none.
 */
final class NativeDescriptors implements Descriptors {
  private final Native natives;
  private final LibC libc;
  private final int[] readEnds;
  private final int[] writeEnds;
  private final NativeBuffer value = NativeBuffer.allocate(Long.BYTES);

  NativeDescriptors(Native natives, int count) {
    this.natives = natives;
    libc = natives.libc();
    readEnds = new int[count];
    writeEnds = new int[count];
    Arrays.fill(readEnds, -1);
    Arrays.fill(writeEnds, -1);
    value.bytes().putLong(0, 1);
    try {
      for (int i = 0; i < count; i++) {
        open(i);
      }
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private void open(int index) {
    if (libc instanceof LinuxLibC linux) {
      int flags = natives.abi().constant("EFD_CLOEXEC") | natives.abi().constant("EFD_NONBLOCK");
      readEnds[index] = natives.check(linux.eventfd(0, flags), "eventfd", "");
      writeEnds[index] = readEnds[index];
      return;
    }
    NativeBuffer pair = NativeBuffer.allocate(2 * Integer.BYTES);
    natives.check(libc.pipe(pair.address()), "pipe", "");
    readEnds[index] = pair.bytes().getInt(0);
    writeEnds[index] = pair.bytes().getInt(Integer.BYTES);
  }

  /** The descriptor to wait for. */
  int fd(int index) {
    return readEnds[index];
  }

  int highestFd() {
    return Arrays.stream(readEnds).max().orElse(-1);
  }

  @Override
  public int count() {
    return readEnds.length;
  }

  @Override
  public void makeReady(int index) {
    libc.write(writeEnds[index], value.address(), Long.BYTES);
  }

  @Override
  public void makeUnready(int index) {
    // An eventfd that was written once gives back the 1, a pipe the bytes: value stays as it is.
    libc.read(readEnds[index], value.address(), Long.BYTES);
  }

  @Override
  public void close() {
    for (int i = 0; i < readEnds.length; i++) {
      if (readEnds[i] >= 0) {
        libc.close(readEnds[i]);
      }
      if (writeEnds[i] >= 0 && writeEnds[i] != readEnds[i]) {
        libc.close(writeEnds[i]);
      }
    }
  }
}
