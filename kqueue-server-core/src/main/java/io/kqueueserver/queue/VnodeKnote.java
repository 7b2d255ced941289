package io.kqueueserver.queue;

import org.jspecify.annotations.Nullable;

/**
 * One EVFILT_VNODE registration of the Linux twin: what is asked of it, what has happened, and how
 * its file last looked. Loop thread only.
 */
final class VnodeKnote {
  /** Every note there is; bits beyond mean different things on different systems. */
  private static final int NOTES = 0x7f;

  private static final int KEPT =
      EventFlag.EV_CLEAR | EventFlag.EV_ONESHOT | EventFlag.EV_DISPATCH | EventFlag.EV_DISABLE;

  final int fd;
  final boolean directory;
  private final long device;
  private final long inode;
  private final InotifyWatch watch;

  /** Of the directory this directory is in, while its removal is asked for. */
  @Nullable InotifyWatch parent;

  private int flags;
  private int asked;
  private long udata;
  private int fflags;
  private int links;
  private long size;
  private long attributes;

  /**
   * @param status that of the descriptor
   */
  VnodeKnote(int fd, InotifyWatch watch, VnodeStatus status, int flags, int fflags, long udata) {
    this.fd = fd;
    this.watch = watch;
    this.flags = flags & KEPT;
    this.asked = fflags & NOTES;
    this.udata = udata;
    directory = status.isDirectory();
    device = status.device();
    inode = status.inode();
    remember(status);
  }

  /** Whether the descriptor is still this file's: its number may have been given to another. */
  boolean isOf(VnodeStatus status) {
    return status.inode() == inode && status.device() == device;
  }

  InotifyWatch watch() {
    return watch;
  }

  long udata() {
    return udata;
  }

  /** What happened of what is asked for, and was not yet reported. */
  int fflags() {
    return fflags;
  }

  int asked() {
    return asked;
  }

  boolean isActive() {
    return fflags != 0 && (flags & EventFlag.EV_DISABLE) == 0;
  }

  boolean isOneshot() {
    return (flags & EventFlag.EV_ONESHOT) != 0;
  }

  /**
   * Takes over what every change but EV_DELETE sets, as the kernels do: the notes asked for, udata.
   * What has already happened stays.
   */
  void modify(int change, int fflags, long udata) {
    asked = fflags & NOTES;
    this.udata = udata;
    if ((change & EventFlag.EV_DISABLE) != 0) {
      flags |= EventFlag.EV_DISABLE;
    } else if ((change & EventFlag.EV_ENABLE) != 0) {
      flags &= ~EventFlag.EV_DISABLE;
    }
  }

  void delivered() {
    if ((flags & EventFlag.EV_CLEAR) != 0) {
      fflags = 0;
    }
    if ((flags & EventFlag.EV_DISPATCH) != 0) {
      flags |= EventFlag.EV_DISABLE;
    }
  }

  /**
   * Adds inotify's events, together with the file's status now. Inotify reports "attributes" for a
   * link made or removed, too, so the link count decides between them; growing is "modified".
   *
   * @param happened the notes that follow from the inotify events alone, {@code NOTE_ATTRIB} for
   *     IN_ATTRIB
   * @param certain whether {@code happened} may be less than what did: after an overflow
   */
  void happened(int happened, boolean certain, VnodeStatus status) {
    int notes = happened;
    // A directory's links are its subdirectories: only when it has none it is gone itself.
    boolean linked = directory ? status.links() == 0 && links != 0 : status.links() != links;
    if (linked) {
      notes |= status.links() == 0 ? EventFlag.NOTE_DELETE : EventFlag.NOTE_LINK;
      if (certain && status.attributes() == attributes) {
        notes &= ~EventFlag.NOTE_ATTRIB;
      }
    }
    if (!directory && status.size() > size) {
      notes |= EventFlag.NOTE_EXTEND;
    }
    remember(status);
    fflags |= notes & asked;
  }

  private void remember(VnodeStatus status) {
    links = status.links();
    size = status.size();
    attributes = status.attributes();
  }
}
