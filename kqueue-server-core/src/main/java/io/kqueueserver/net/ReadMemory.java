package io.kqueueserver.net;

import io.kqueueserver.ffi.Memory;
import io.kqueueserver.ffi.NativeBuffer;
import io.kqueueserver.stats.LoopStats;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The native memory into which a loop reads: one block, which every read of the loop uses. Bytes
 * that were read can be kept where they lie. The next read then uses another block, and the kept
 * block is free again when its last part was released. So large bodies pass without a copy. The
 * loop's thread only.
 *
 * <p>A part that is never released is garbage: the collector frees its block, and another block
 * takes its place. While all blocks are kept, bytes must be copied.
 */
public final class ReadMemory {
  /** 2 MiB: most memory of one loop; two uploads of a mebibyte that are on their way. */
  static final int MAX_BYTES = 2 << 20;

  /** 2 blocks, one for reads, however large they are. */
  private static final int LEAST_BLOCKS = 2;

  /** 64 blocks, however small they are: each keep may look at all. */
  private static final int MAX_BLOCKS = 64;

  /** One in so many keeps that find no block looks for blocks that the collector has freed. */
  private static final int MISSES_PER_SEARCH = 64;

  /** 8 KiB: a copy of fewer bytes costs less than a block that others cannot be read into. */
  private static final int MIN_KEPT = 8 * 1024;

  /** 1 KiB: the same where a part of the block is kept, so that no block more is taken. */
  public static final int MIN_KEPT_BESIDE = 1024;

  private final int blockBytes;
  private final LoopStats stats;

  /** The free blocks by number. Any thread sets them; this loop takes them. */
  private final AtomicReferenceArray<@Nullable Block> free;

  /** All blocks by number, as long as something refers to them. */
  private final @Nullable WeakReference<Block>[] made;

  private Block current;

  /** The block of the next read; null if that is the current one. */
  private @Nullable Block next;

  /** The part whose bytes are decoded now; null if those of the last read are. */
  private @Nullable Part decoded;

  private int misses;

  @SuppressWarnings({"unchecked", "rawtypes"}) // an array of references has no type arguments
  public ReadMemory(int blockBytes, LoopStats stats) {
    this.blockBytes = blockBytes;
    this.stats = stats;
    int blocks = Math.max(LEAST_BLOCKS, Math.min(MAX_BLOCKS, MAX_BYTES / blockBytes));
    this.free = new AtomicReferenceArray<>(blocks);
    this.made = new WeakReference[blocks];
    this.current = make(0);
  }

  /** The memory for a read. What it holds afterwards lasts until the next call. */
  public NativeBuffer forRead() {
    Block other = next;
    if (other != null) {
      next = null;
      stats.lentToRequests.incrementAndGet();
      Block kept = current;
      current = other;
      kept.release();
    }
    return current.memory;
  }

  /** Whether memory of the bytes that are decoded is kept, so that a part more takes no more. */
  boolean isKept() {
    return decoded != null || next != null;
  }

  /**
   * Makes {@link #keep} take bytes of that part. Returns the part that was decoded before, which
   * the caller sets again at the end; a part is decoded inside of another if its connection's
   * demand comes from a callback of the other connection.
   */
  public @Nullable Part decode(@Nullable Part part) {
    Part outer = decoded;
    decoded = part;
    return outer;
  }

  /** As {@link #keep}. Returns null, too, if the bytes are so few that a copy is cheaper. */
  public @Nullable Part keepIfMany(ByteBuffer bytes) {
    int least = isKept() ? MIN_KEPT_BESIDE : MIN_KEPT;
    return bytes.remaining() >= least ? keep(bytes) : null;
  }

  /**
   * Keeps bytes of the last read, or of the part that is {@link #decode decoded}, where they lie.
   * Returns null if they lie elsewhere, or if all blocks are kept.
   */
  @Nullable Part keep(ByteBuffer bytes) {
    if (!bytes.isDirect()) {
      return null;
    }
    Part earlier = decoded;
    if (earlier != null) {
      return earlier.block.contains(bytes) ? earlier.block.part(bytes) : null;
    }
    if (!current.contains(bytes)) {
      return null;
    }
    if (next == null) {
      next = take();
      if (next == null) {
        return null;
      }
    }
    return current.part(bytes);
  }

  private @Nullable Block take() {
    int number = -1;
    for (int i = 0; i < made.length; i++) {
      Block block = free.get(i);
      if (block != null) {
        free.set(i, null);
        block.holders.set(1);
        return block;
      }
      if (number < 0 && made[i] == null) {
        number = i;
      }
    }
    if (number < 0 && misses++ % MISSES_PER_SEARCH == 0) {
      number = lost();
    }
    return number < 0 ? null : makeIfPossible(number);
  }

  /** The number of a block that the collector has freed; below 0 for none. */
  private int lost() {
    for (int i = 0; i < made.length; i++) {
      WeakReference<Block> reference = made[i];
      if (reference != null && reference.get() == null) {
        stats.lentToRequests.decrementAndGet();
        stats.pooledBytes -= blockBytes;
        return i;
      }
    }
    return -1;
  }

  private @Nullable Block makeIfPossible(int number) {
    try {
      return make(number);
    } catch (OutOfMemoryError e) {
      made[number] = null;
      return null; // native memory is short: a copy may still fit into the heap
    }
  }

  private Block make(int number) {
    Block block = new Block(NativeBuffer.allocate(blockBytes), number, free, stats);
    made[number] = new WeakReference<>(block);
    stats.pooledBytes += blockBytes;
    return block;
  }

  /** Memory that is free when the loop and all parts have released it. */
  private static final class Block {
    final NativeBuffer memory;
    private final int number;
    private final AtomicReferenceArray<@Nullable Block> free;
    private final LoopStats stats;
    final AtomicInteger holders = new AtomicInteger(1);
    volatile boolean forfeited;

    Block(
        NativeBuffer memory,
        int number,
        AtomicReferenceArray<@Nullable Block> free,
        LoopStats stats) {
      this.memory = memory;
      this.number = number;
      this.free = free;
      this.stats = stats;
    }

    boolean contains(ByteBuffer bytes) {
      long start = Memory.address(bytes) + bytes.position() - memory.address();
      return start >= 0 && start + bytes.remaining() <= memory.size();
    }

    Part part(ByteBuffer bytes) {
      holders.incrementAndGet();
      return new Part(this, bytes.slice());
    }

    void release() {
      if (holders.decrementAndGet() == 0 && !forfeited) {
        stats.lentToRequests.decrementAndGet();
        free.set(number, this);
      }
    }
  }

  /** Bytes that are kept for one holder. Any thread. */
  public static final class Part {
    private static final AtomicIntegerFieldUpdater<Part> RELEASED =
        AtomicIntegerFieldUpdater.newUpdater(Part.class, "released");

    private final Block block;
    private final ByteBuffer bytes;

    @SuppressWarnings("UnusedVariable") // by RELEASED
    private volatile int released;

    private Part(Block block, ByteBuffer bytes) {
      this.block = block;
      this.bytes = bytes;
    }

    /** The bytes, which the holder must not use after {@link #release}. */
    public ByteBuffer bytes() {
      return bytes;
    }

    /**
     * Gives the memory back.
     *
     * @throws IllegalStateException the second time, which would take it from another holder
     */
    public void release() {
      if (!RELEASED.compareAndSet(this, 0, 1)) {
        throw new IllegalStateException("a piece of a body was released twice");
      }
      block.release();
    }

    /** The memory is never used for other bytes: a view of it has got out of sight. */
    public void forfeit() {
      block.forfeited = true;
    }
  }
}
