package io.kqueueserver.build;

import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeBuffer;
import io.kqueueserver.loop.EventLoop;
import io.kqueueserver.net.CloseListener;
import io.kqueueserver.net.Discarding;
import io.kqueueserver.net.FileWorker;
import io.kqueueserver.net.LoopMemory;
import io.kqueueserver.net.LoopResources;
import io.kqueueserver.net.MemoryBound;
import io.kqueueserver.net.MinRate;
import io.kqueueserver.net.NetOptions;
import io.kqueueserver.net.ReadMemory;
import io.kqueueserver.net.Staging;
import io.kqueueserver.socket.Sockets;

/** What a loop lends its connections, in sizes that a few bytes of a test reach. */
public final class SmallResources {
  private static final int BUFFER_BYTES = 64;
  private static final int LOW_WATERMARK = 32;

  private SmallResources() {}

  /** Buffers and a high watermark of 64 bytes. */
  public static LoopResources of(Native natives, EventLoop loop, long writeTimeoutNanos) {
    return of(natives, loop, writeTimeoutNanos, BUFFER_BYTES, BUFFER_BYTES);
  }

  /** A read buffer of 64 bytes, with a staging buffer and a high watermark of other sizes. */
  public static LoopResources of(
      Native natives, EventLoop loop, long writeTimeoutNanos, int stagingBytes, int highWatermark) {
    return new LoopResources(
        loop,
        new Sockets(natives),
        new ReadMemory(BUFFER_BYTES, loop.stats()),
        new Staging(NativeBuffer.allocate(stagingBytes)),
        new FileWorker("test"),
        new LoopMemory(new MemoryBound(1 << 20, 1), loop),
        new NetOptions(
            highWatermark,
            LOW_WATERMARK,
            writeTimeoutNanos,
            MinRate.DEFAULTS,
            null,
            Discarding.DEFAULTS,
            0,
            null,
            CloseListener.NONE));
  }
}
