package io.kqueueserver.queue;

import io.kqueueserver.ffi.KeventLayout;
import org.jspecify.annotations.Nullable;

/**
 * The events of one poll, valid until the next. Reading them allocates nothing. Owned by one loop;
 * not thread-safe.
 */
public final class EventList extends KeventArray {
  /** {@link #data} of an event whose amount is not known. */
  public static final long UNKNOWN = -1;

  /** Stored in place of data that {@link Details} finds when asked. */
  static final long DATA_ON_REQUEST = Long.MIN_VALUE;

  static final int FFLAGS_ON_REQUEST = Integer.MIN_VALUE;

  /** Finds out, while its event is being dispatched, what a queue did not learn with the event. */
  interface Details {
    long data(int fd, Filter filter);

    /** The socket's pending error, which this call takes away. */
    int socketError(int fd);
  }

  private final @Nullable Details details;

  EventList(KeventLayout layout, FilterNumbers filters, int capacity, @Nullable Details details) {
    super(layout, filters, capacity);
    this.details = details;
  }

  /** A list for an event queue that is not the kernel's, such as a scripted one in tests. */
  public static EventList plain(int capacity) {
    return new EventList(KeventLayout.PLAIN, FilterNumbers.ORDINALS, capacity, null);
  }

  /** Appends one event: for queues that are not the kernel's. */
  public void add(long ident, Filter filter, int flags, int fflags, long data, long udata) {
    append(ident, filter, flags, fflags, data, udata);
  }

  public void clear() {
    size = 0;
  }

  /** Whether EV_EOF is set: no more to read, or no peer to write to. Bytes may still be unread. */
  public boolean isEof(int index) {
    return (flags(index) & EventFlag.EV_EOF) != 0;
  }

  /** Whether this is the answer to a failed change, with the errno in {@link #data}. */
  public boolean isError(int index) {
    return (flags(index) & EventFlag.EV_ERROR) != 0;
  }

  /** The filter's own bits; with EV_EOF on a socket, its error as an errno, or 0. */
  public int fflags(int index) {
    int fflags = storedFflags(index);
    return fflags == FFLAGS_ON_REQUEST && details != null ? askError(index, details) : fflags;
  }

  /**
   * Bytes to read, connections waiting to be accepted, bytes there is room to write, or the errno
   * of a failed change; {@link #UNKNOWN} if the system does not report it. Ask it only while
   * dispatching this event and before using its descriptor: it may be found out at the time of
   * asking.
   */
  public long data(int index) {
    long data = storedData(index);
    return data == DATA_ON_REQUEST ? askData(index) : data;
  }

  /**
   * As {@link #data}, but {@link #UNKNOWN} where it did not come with the event and would cost a
   * call.
   */
  public long dataIfReported(int index) {
    long data = storedData(index);
    return data == DATA_ON_REQUEST ? UNKNOWN : data;
  }

  private long askData(int index) {
    long data = details == null ? UNKNOWN : details.data((int) ident(index), filter(index));
    storeData(index, data);
    return data;
  }

  private int askError(int index, Details details) {
    long ident = ident(index);
    int error = details.socketError((int) ident);
    // SO_ERROR can be read once, but kqueue reports it with the READ and the WRITE event alike.
    for (int i = 0; i < size; i++) {
      if (ident(i) == ident && storedFflags(i) == FFLAGS_ON_REQUEST) {
        storeFflags(i, error);
      }
    }
    return error;
  }
}
