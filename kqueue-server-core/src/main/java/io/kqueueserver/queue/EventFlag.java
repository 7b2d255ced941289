package io.kqueueserver.queue;

/**
 * The {@code EV_*} bits and the {@code NOTE_*} bits of EVFILT_READ, EVFILT_USER and EVFILT_VNODE,
 * which have the same value on every known system (pinned row by row by the ABI tests), so that
 * they need no translation. A timer's units do: {@link TimerUnit}.
 */
public final class EventFlag {
  public static final int EV_ADD = 0x0001;
  public static final int EV_DELETE = 0x0002;
  public static final int EV_ENABLE = 0x0004;
  public static final int EV_DISABLE = 0x0008;
  public static final int EV_ONESHOT = 0x0010;
  public static final int EV_CLEAR = 0x0020;
  public static final int EV_RECEIPT = 0x0040;
  public static final int EV_DISPATCH = 0x0080;
  public static final int EV_ERROR = 0x4000;
  public static final int EV_EOF = 0x8000;

  /** Of EVFILT_READ: fewer bytes than {@code data} are no event, as long as no more can come. */
  public static final int NOTE_LOWAT = 0x0001;

  public static final int NOTE_DELETE = 0x0001;
  public static final int NOTE_WRITE = 0x0002;
  public static final int NOTE_EXTEND = 0x0004;
  public static final int NOTE_ATTRIB = 0x0008;
  public static final int NOTE_LINK = 0x0010;
  public static final int NOTE_RENAME = 0x0020;
  public static final int NOTE_REVOKE = 0x0040;

  public static final int NOTE_FFNOP = 0;
  public static final int NOTE_FFAND = 0x4000_0000;
  public static final int NOTE_FFOR = 0x8000_0000;
  public static final int NOTE_FFCOPY = 0xc000_0000;
  public static final int NOTE_FFCTRLMASK = 0xc000_0000;
  public static final int NOTE_FFLAGSMASK = 0x00ff_ffff;
  public static final int NOTE_TRIGGER = 0x0100_0000;

  private EventFlag() {}
}
