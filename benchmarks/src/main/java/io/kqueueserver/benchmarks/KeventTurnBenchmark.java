package io.kqueueserver.benchmarks;

import io.kqueueserver.ffi.LibC;
import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeBuffer;
import io.kqueueserver.ffi.NativeOptions;
import io.kqueueserver.queue.ChangeList;
import io.kqueueserver.queue.EventFlag;
import io.kqueueserver.queue.EventList;
import io.kqueueserver.queue.Filter;
import io.kqueueserver.queue.Kqueue;
import io.kqueueserver.queue.Kqueues;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * One turn of the event queue as a loop takes it: collect and read events. Pipes, registered
 * edge-triggered as connections are.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class KeventTurnBenchmark {
  private static final int PIPES = 64;

  private final Native natives = Native.load(NativeOptions.DEFAULTS);
  private final LibC libc = natives.libc();
  private final int[] readEnds = new int[PIPES];
  private final int[] writeEnds = new int[PIPES];
  private final NativeBuffer bytes = NativeBuffer.allocate(Long.BYTES);
  private final Kqueue queue = Kqueues.open(natives);
  private final ChangeList changes = queue.newChangeList();
  private final EventList events = queue.newEventList(256);
  private int next;

  @Setup
  public void register() {
    NativeBuffer pair = NativeBuffer.allocate(2 * Integer.BYTES);
    for (int i = 0; i < PIPES; i++) {
      natives.check(libc.pipe(pair.address()), "pipe", "");
      readEnds[i] = pair.bytes().getInt(0);
      writeEnds[i] = pair.bytes().getInt(Integer.BYTES);
      changes.add(readEnds[i], Filter.EVFILT_READ, EventFlag.EV_ADD | EventFlag.EV_CLEAR, 0, 0, i);
    }
    queue.apply(changes);
  }

  @TearDown
  public void close() {
    queue.close();
    for (int i = 0; i < PIPES; i++) {
      libc.close(readEnds[i]);
      libc.close(writeEnds[i]);
    }
  }

  /** A turn that finds nothing: what looking costs. */
  @Benchmark
  public int nothingReady() {
    return queue.poll(changes, events, 0);
  }

  /** Its write and read are in the row; {@link #writeAndRead} is what they cost alone. */
  @Benchmark
  public long oneReady() {
    int i = next++ & (PIPES - 1);
    libc.write(writeEnds[i], bytes.address(), 1);
    long udata = collect();
    libc.read(readEnds[i], bytes.address(), 1);
    return udata;
  }

  @Benchmark
  public long writeAndRead() {
    int i = next++ & (PIPES - 1);
    libc.write(writeEnds[i], bytes.address(), 1);
    return libc.read(readEnds[i], bytes.address(), 1);
  }

  /** Per descriptor, of 64 that became ready together. */
  @Benchmark
  @OperationsPerInvocation(PIPES)
  public long sixtyFourReady() {
    for (int i = 0; i < PIPES; i++) {
      libc.write(writeEnds[i], bytes.address(), 1);
    }
    long udata = collect();
    for (int i = 0; i < PIPES; i++) {
      libc.read(readEnds[i], bytes.address(), 1);
    }
    return udata;
  }

  /** A wait that also submits the registration of a descriptor, as for each new connection. */
  @Benchmark
  public int oneChange() {
    int flags = EventFlag.EV_ADD | EventFlag.EV_CLEAR;
    changes.add(readEnds[0], Filter.EVFILT_READ, flags, 0, 0, 0);
    return queue.poll(changes, events, 0);
  }

  private long collect() {
    int n = queue.poll(changes, events, Kqueue.FOREVER);
    long sum = 0;
    for (int i = 0; i < n; i++) {
      sum += events.udata(i) + events.flags(i);
    }
    return sum;
  }
}
