package io.kqueueserver.socket;

import io.kqueueserver.ffi.Abi;
import io.kqueueserver.ffi.NativeBuffer;

/**
 * The list of memory that one writev(2) takes, in native memory that all connections of a loop
 * share. Neighbours become one entry. The loop's thread only.
 */
public final class IoVector {
  /**
   * 64 entries: 32 pieces, each behind its frame. All systems of the tables take 1 024 (IOV_MAX);
   * POSIX promises 16.
   */
  public static final int MAX_ENTRIES = 64;

  private final NativeBuffer entries;
  private final int entryBytes;
  private final int baseAt;
  private final int lengthAt;
  private int count;
  private long end;
  private long total;

  IoVector(Abi abi) {
    entryBytes = abi.constant("iovec.sizeof");
    baseAt = abi.constant("iovec.iov_base.offset");
    lengthAt = abi.constant("iovec.iov_len.offset");
    entries = NativeBuffer.allocate(MAX_ENTRIES * entryBytes);
  }

  public void clear() {
    count = 0;
    end = 0;
    total = 0;
  }

  public boolean isFull() {
    return count == MAX_ENTRIES;
  }

  /** Adds memory behind what is there. The vector must not be {@link #isFull full}. */
  public void add(long address, int length) {
    if (count > 0 && address == end) {
      int last = (count - 1) * entryBytes + lengthAt;
      entries.bytes().putLong(last, entries.bytes().getLong(last) + length);
    } else {
      entries.bytes().putLong(count * entryBytes + baseAt, address);
      entries.bytes().putLong(count * entryBytes + lengthAt, length);
      count++;
    }
    end = address + length;
    total += length;
  }

  long address() {
    return entries.address();
  }

  int count() {
    return count;
  }

  /** Number of bytes of all entries. */
  public long total() {
    return total;
  }
}
