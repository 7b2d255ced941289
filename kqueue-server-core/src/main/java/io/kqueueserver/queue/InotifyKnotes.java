package io.kqueueserver.queue;

import io.kqueueserver.ffi.Abi;
import io.kqueueserver.ffi.Errno;
import io.kqueueserver.ffi.LinuxLibC;
import io.kqueueserver.ffi.Native;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;

/**
 * The EVFILT_VNODE knotes of the Linux twin, over one inotify instance that is opened at the first
 * change. One knote per descriptor, so their number is bounded by the open files. Loop thread only.
 *
 * <p>A descriptor may have been closed, and its number used again, without an event. A watch pins
 * its inode, and the kernel reports IN_IGNORED before that inode's number can name another file. So
 * once the events were read, device and inode show whether a knote's descriptor is still its file.
 *
 * <p>Where it differs from a kernel's is in the list of differences beside the contract ({@code
 * KqueueDifference}), each with its reason and its case. One has no case, because tests may run as
 * root, and root may read everything: NOTE_DELETE of a directory is lost if its parent may not be
 * read, see {@link #watchParent}.
 */
final class InotifyKnotes {
  private final Errno errno;
  private final Inotify inotify;
  private final VnodeStatus status;
  private final EpollSet set;
  private final int in;
  private final long token;

  private final int modify;
  private final int attrib;
  private final int moveSelf;
  private final int create;
  private final int delete;
  private final int movedFrom;
  private final int movedTo;
  private final int isDirectory;
  private final int ignored;
  private final int overflow;

  private final Map<Integer, VnodeKnote> knotes = new HashMap<>();
  private final Map<Integer, InotifyWatch> watches = new HashMap<>();
  private final LinkedHashSet<InotifyWatch> touched = new LinkedHashSet<>();
  private final LinkedHashSet<VnodeKnote> active = new LinkedHashSet<>();
  private boolean overflowed;

  /**
   * @param set where the inotify instance becomes an entry, with the token as its data
   */
  InotifyKnotes(Native natives, LinuxLibC libc, EpollSet set, long token) {
    this.errno = natives.errno();
    this.set = set;
    this.token = token;
    inotify = new Inotify(natives, libc);
    status = new VnodeStatus(natives, libc);
    Abi abi = natives.abi();
    in = abi.constant("EPOLLIN");
    modify = abi.constant("IN_MODIFY");
    attrib = abi.constant("IN_ATTRIB");
    moveSelf = abi.constant("IN_MOVE_SELF");
    create = abi.constant("IN_CREATE");
    delete = abi.constant("IN_DELETE");
    movedFrom = abi.constant("IN_MOVED_FROM");
    movedTo = abi.constant("IN_MOVED_TO");
    isDirectory = abi.constant("IN_ISDIR");
    ignored = abi.constant("IN_IGNORED");
    overflow = abi.constant("IN_Q_OVERFLOW");
  }

  /** Whether an event can be had without waiting. */
  boolean anyActive() {
    return !active.isEmpty();
  }

  /** Applies one change; returns 0 or the errno that kevent would report. */
  int change(long ident, int flags, int fflags, long udata) {
    if (ident < 0 || ident > Integer.MAX_VALUE) {
      return errno.EBADF;
    }
    int fd = (int) ident;
    look(); // what happened before this change is not for a knote it makes
    int failed = status.read(fd);
    VnodeKnote knote = knotes.get(fd);
    if (knote != null && (failed != 0 || !knote.isOf(status))) {
      remove(knote);
      knote = null;
    }
    if (failed != 0) {
      return failed;
    }
    if (knote == null) {
      boolean added = (flags & EventFlag.EV_ADD) != 0 && (flags & EventFlag.EV_DELETE) == 0;
      return added ? add(fd, flags, fflags, udata) : errno.ENOENT;
    }
    if ((flags & EventFlag.EV_DELETE) != 0) {
      remove(knote);
      return 0;
    }
    knote.modify(flags, fflags, udata);
    settle(knote);
    return watch(knote);
  }

  private int add(int fd, int flags, int fflags, long udata) {
    if (!status.isVnode()) {
      return errno.EINVAL;
    }
    int failed = inotify.isOpen() ? 0 : inotify.open(set, in, token);
    if (failed != 0) {
      return failed;
    }
    int wd = inotify.watch(fd, interest(fflags, status.isDirectory()));
    if (wd < 0) {
      return -wd;
    }
    InotifyWatch watch = watches.computeIfAbsent(wd, InotifyWatch::new);
    // Again, as what happens from the watch on is an event.
    failed = status.read(fd);
    if (failed != 0) {
      release(watch);
      return failed;
    }
    VnodeKnote knote = new VnodeKnote(fd, watch, status, flags, fflags, udata);
    watch.knotes.add(knote);
    knotes.put(fd, knote);
    watchParent(knote);
    return 0;
  }

  /** Has the watch report what the knote now asks for; returns 0 or the errno. */
  private int watch(VnodeKnote knote) {
    int wd = inotify.watch(knote.fd, interest(knote.asked(), knote.directory));
    if (wd == knote.watch().wd) {
      watchParent(knote);
      return 0;
    }
    // The kernel had dropped the watch, so this is no longer the file it was made for.
    remove(knote);
    if (wd >= 0 && !watches.containsKey(wd)) {
      inotify.unwatch(wd);
    }
    return wd < 0 ? -wd : errno.ENOENT;
  }

  /**
   * Removing a directory notifies watches of its parent, not of the directory: vfs_rmdir in
   * fs/namei.c, unlike vfs_unlink, does not call fsnotify_link_count. A parent that may not be read
   * is left out.
   */
  private void watchParent(VnodeKnote knote) {
    InotifyWatch before = knote.parent;
    if (knote.directory && (knote.asked() & EventFlag.NOTE_DELETE) != 0) {
      int wd = inotify.watchParent(knote.fd, delete);
      InotifyWatch parent = wd < 0 ? null : watches.computeIfAbsent(wd, InotifyWatch::new);
      if (parent == before) {
        return;
      }
      knote.parent = parent;
      if (parent != null) {
        parent.children.add(knote);
      }
    } else {
      knote.parent = null;
    }
    if (before != null) {
      before.children.remove(knote);
      release(before);
    }
  }

  private int interest(int notes, boolean directory) {
    int mask = 0;
    if ((notes & (EventFlag.NOTE_DELETE | EventFlag.NOTE_LINK | EventFlag.NOTE_ATTRIB)) != 0) {
      mask |= attrib;
    }
    if ((notes & (EventFlag.NOTE_WRITE | EventFlag.NOTE_LINK)) != 0 && directory) {
      mask |= create | delete | movedFrom | movedTo;
    }
    if ((notes & (EventFlag.NOTE_WRITE | EventFlag.NOTE_EXTEND)) != 0 && !directory) {
      mask |= modify;
    }
    // Always: a directory's parent is another after it, and inotify refuses an empty mask.
    return mask | moveSelf;
  }

  /** Appends the active ones, as many as the list may hold; each gets its turn. */
  void collect(EventList events, int capacity) {
    look();
    for (int i = active.size(); i > 0 && events.size() < capacity; i--) {
      VnodeKnote knote = active.iterator().next();
      active.remove(knote);
      if (status.read(knote.fd) != 0 || !knote.isOf(status)) {
        remove(knote);
        continue;
      }
      events.append(knote.fd, Filter.EVFILT_VNODE, 0, knote.fflags(), 0, knote.udata());
      if (knote.isOneshot()) {
        remove(knote);
      } else {
        knote.delivered();
        settle(knote);
      }
    }
  }

  /** Reads inotify's events and passes them to the knotes. */
  private void look() {
    if (!inotify.isOpen()) {
      return;
    }
    inotify.drain(this::onInotify);
    if (overflowed) {
      overflowed = false;
      touched.forEach(InotifyWatch::looked);
      touched.clear();
      lookAtAll();
      return;
    }
    while (!touched.isEmpty()) {
      InotifyWatch watch = touched.iterator().next();
      touched.remove(watch);
      int notes = watch.happened | (watch.directoriesMoved != 0 ? EventFlag.NOTE_LINK : 0);
      boolean childGone = watch.subdirectoryDeleted;
      watch.looked();
      for (VnodeKnote knote : List.copyOf(watch.knotes)) {
        lookAt(knote, notes, true);
      }
      if (childGone) {
        for (VnodeKnote child : List.copyOf(watch.children)) {
          lookAt(child, 0, true);
        }
      }
    }
  }

  private void onInotify(int wd, int mask, boolean named) {
    if ((mask & overflow) != 0) {
      overflowed = true;
      return;
    }
    InotifyWatch watch = watches.get(wd);
    if (watch == null) {
      return; // the end of a watch we ended
    }
    if ((mask & ignored) != 0) {
      // The inode is open no more, or its file system is gone.
      List.copyOf(watch.knotes).forEach(this::remove);
      watch.children.forEach(child -> child.parent = null);
      watches.remove(wd);
      touched.remove(watch);
      return;
    }
    touched.add(watch);
    if ((mask & modify) != 0) {
      watch.happened |= EventFlag.NOTE_WRITE;
    }
    if ((mask & moveSelf) != 0) {
      watch.happened |= EventFlag.NOTE_RENAME;
    }
    if ((mask & attrib) != 0 && !named) { // named: that of a directory's entry
      watch.happened |= EventFlag.NOTE_ATTRIB;
    }
    if ((mask & (create | delete | movedFrom | movedTo)) != 0) {
      watch.happened |= EventFlag.NOTE_WRITE;
      if ((mask & isDirectory) != 0) {
        onSubdirectory(watch, mask);
      }
    }
  }

  private void onSubdirectory(InotifyWatch watch, int mask) {
    if ((mask & (create | delete)) != 0) {
      watch.happened |= EventFlag.NOTE_LINK;
    }
    if ((mask & movedTo) != 0) {
      watch.directoriesMoved++;
    }
    if ((mask & movedFrom) != 0) {
      watch.directoriesMoved--;
    }
    watch.subdirectoryDeleted |= (mask & delete) != 0;
  }

  /**
   * Events were lost: IN_Q_OVERFLOW. Whatever cannot be ruled out by looking has happened. A watch
   * whose IN_IGNORED was among them is found out by asking for it again.
   */
  private void lookAtAll() {
    for (VnodeKnote knote : new ArrayList<>(knotes.values())) {
      int notes = EventFlag.NOTE_WRITE | EventFlag.NOTE_ATTRIB | EventFlag.NOTE_RENAME;
      lookAt(knote, notes | (knote.directory ? EventFlag.NOTE_LINK : 0), false);
      if (knotes.get(knote.fd) == knote) {
        watch(knote);
      }
    }
  }

  private void lookAt(VnodeKnote knote, int notes, boolean certain) {
    if (status.read(knote.fd) != 0 || !knote.isOf(status)) {
      remove(knote);
      return;
    }
    knote.happened(notes, certain, status);
    settle(knote);
    if ((notes & EventFlag.NOTE_RENAME) != 0 && knote.directory) {
      watchParent(knote);
    }
  }

  private void settle(VnodeKnote knote) {
    if (knote.isActive()) {
      active.add(knote);
    } else {
      active.remove(knote);
    }
  }

  private void remove(VnodeKnote knote) {
    knotes.remove(knote.fd);
    active.remove(knote);
    knote.watch().knotes.remove(knote);
    release(knote.watch());
    InotifyWatch parent = knote.parent;
    if (parent != null) {
      parent.children.remove(knote);
      release(parent);
    }
  }

  private void release(InotifyWatch watch) {
    if (watch.isIdle() && watches.remove(watch.wd) != null) {
      touched.remove(watch);
      inotify.unwatch(watch.wd);
    }
  }

  /** The descriptor is about to be closed: nothing of it may meet the next file of its number. */
  void forget(int fd) {
    VnodeKnote knote = knotes.isEmpty() ? null : knotes.get(fd);
    if (knote != null) {
      remove(knote);
    }
  }

  void close() {
    inotify.close();
  }
}
