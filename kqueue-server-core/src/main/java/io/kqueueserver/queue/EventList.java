package io.kqueueserver.queue;

/** The events of one poll. Stub: replaced by the queue branch. */
public class EventList {
  /** {@link #data} of an event whose amount the system did not tell. */
  public static final long UNKNOWN = -1;

  public long ident(int index) {
    throw new UnsupportedOperationException();
  }

  public Filter filter(int index) {
    throw new UnsupportedOperationException();
  }

  public int flags(int index) {
    throw new UnsupportedOperationException();
  }

  public int fflags(int index) {
    throw new UnsupportedOperationException();
  }

  public long data(int index) {
    throw new UnsupportedOperationException();
  }

  public long udata(int index) {
    throw new UnsupportedOperationException();
  }
}
