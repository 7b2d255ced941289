package io.kqueueserver.ffi;

/**
 * The offsets of the fields of {@code struct kevent}, in bytes. {@code ident}, {@code data} and
 * {@code udata} have 8 bytes and {@code fflags} 4 on every 64-bit system; {@code filter} and {@code
 * flags} have 2, on NetBSD 4.
 *
 * @param sizeof the distance between two events of an array
 */
public record KeventLayout(
    int sizeof, int ident, int filter, int filterSize, int flags, int fflags, int data, int udata) {

  /** The layout most systems have, for event queues that are not the kernel's. */
  public static final KeventLayout PLAIN = new KeventLayout(32, 0, 8, 2, 10, 12, 16, 24);

  public static KeventLayout of(Abi abi) {
    return new KeventLayout(
        abi.constant("kevent.sizeof"),
        abi.constant("kevent.ident.offset"),
        abi.constant("kevent.filter.offset"),
        abi.constant("kevent.filter.size"),
        abi.constant("kevent.flags.offset"),
        abi.constant("kevent.fflags.offset"),
        abi.constant("kevent.data.offset"),
        abi.constant("kevent.udata.offset"));
  }
}
