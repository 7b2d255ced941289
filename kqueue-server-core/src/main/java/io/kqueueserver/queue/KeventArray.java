package io.kqueueserver.queue;

import io.kqueueserver.ffi.KeventLayout;
import io.kqueueserver.ffi.NativeBuffer;
import java.nio.ByteBuffer;

/** A growing native array of {@code struct kevent} in one system's layout. Not thread-safe. */
abstract class KeventArray {
  private final FilterNumbers filters;
  private final int sizeof;
  private final int identAt;
  private final int filterAt;
  private final int flagsAt;
  private final int fflagsAt;
  private final int dataAt;
  private final int udataAt;
  private final boolean wide;
  private NativeBuffer memory;
  private ByteBuffer bytes;
  private int capacity;
  int size;

  KeventArray(KeventLayout layout, FilterNumbers filters, int capacity) {
    this.filters = filters;
    sizeof = layout.sizeof();
    identAt = layout.ident();
    filterAt = layout.filter();
    flagsAt = layout.flags();
    fflagsAt = layout.fflags();
    dataAt = layout.data();
    udataAt = layout.udata();
    wide = layout.filterSize() == 4;
    this.capacity = Math.max(1, capacity);
    memory = NativeBuffer.allocate(this.capacity * sizeof);
    bytes = memory.bytes();
  }

  /** Writes one struct whole: fields not set would carry what an earlier event left there. */
  final void append(long ident, Filter filter, int flags, int fflags, long data, long udata) {
    ensureCapacity(size + 1);
    int at = size++ * sizeof;
    bytes.putLong(at + identAt, ident);
    if (wide) {
      bytes.putInt(at + filterAt, filters.number(filter));
      bytes.putInt(at + flagsAt, flags);
    } else {
      bytes.putShort(at + filterAt, (short) filters.number(filter));
      bytes.putShort(at + flagsAt, (short) flags);
    }
    bytes.putInt(at + fflagsAt, fflags);
    bytes.putLong(at + dataAt, data);
    bytes.putLong(at + udataAt, udata);
  }

  final void ensureCapacity(int wanted) {
    if (wanted <= capacity) {
      return;
    }
    int grown = Math.max(wanted, capacity + (capacity >> 1));
    NativeBuffer larger = NativeBuffer.allocate(Math.multiplyExact(grown, sizeof));
    larger.bytes().put(0, bytes, 0, size * sizeof);
    memory = larger;
    bytes = larger.bytes();
    capacity = grown;
  }

  /** Number of events that fit without growing. */
  public final int capacity() {
    return capacity;
  }

  public final int size() {
    return size;
  }

  final long address() {
    return memory.address();
  }

  /** The descriptor, or the number that the filter uses in its place. */
  public final long ident(int index) {
    return bytes.getLong(at(index) + identAt);
  }

  /**
   * What kind of event it is.
   *
   * @throws IllegalStateException for a filter this library never registers
   */
  public final Filter filter(int index) {
    int at = at(index) + filterAt;
    return filters.filter(wide ? bytes.getInt(at) : bytes.getShort(at));
  }

  /** The EV_ bits. */
  public final int flags(int index) {
    int at = at(index) + flagsAt;
    return wide ? bytes.getInt(at) : Short.toUnsignedInt(bytes.getShort(at));
  }

  /** The udata of the registration, unchanged. */
  public final long udata(int index) {
    return bytes.getLong(at(index) + udataAt);
  }

  final int storedFflags(int index) {
    return bytes.getInt(at(index) + fflagsAt);
  }

  final long storedData(int index) {
    return bytes.getLong(at(index) + dataAt);
  }

  final void storeFlags(int index, int flags) {
    int at = at(index) + flagsAt;
    if (wide) {
      bytes.putInt(at, flags);
    } else {
      bytes.putShort(at, (short) flags);
    }
  }

  final void storeFflags(int index, int fflags) {
    bytes.putInt(at(index) + fflagsAt, fflags);
  }

  final void storeData(int index, long data) {
    bytes.putLong(at(index) + dataAt, data);
  }

  /** Takes one struct out; those behind it move up. */
  final void remove(int index) {
    int at = at(index);
    size--;
    bytes.put(at, bytes, at + sizeof, (size - index) * sizeof);
  }

  private int at(int index) {
    if (index < 0 || index >= size) {
      throw new IndexOutOfBoundsException(index);
    }
    return index * sizeof;
  }
}
