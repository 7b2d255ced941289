package io.kqueueserver.queue;

import java.util.ArrayList;
import java.util.List;

/** One inode that inotify watches, and its knotes: several descriptors may be of one file. */
final class InotifyWatch {
  final int wd;

  /** Knotes of the inode itself. */
  final List<VnodeKnote> knotes = new ArrayList<>(1);

  /** Knotes of directories in this directory. */
  final List<VnodeKnote> children = new ArrayList<>(0);

  /** Notes since the last look. */
  int happened;

  /** Subdirectories moved in less those moved out: a rename within has no part in the links. */
  int directoriesMoved;

  boolean subdirectoryDeleted;

  InotifyWatch(int wd) {
    this.wd = wd;
  }

  boolean isIdle() {
    return knotes.isEmpty() && children.isEmpty();
  }

  void looked() {
    happened = 0;
    directoriesMoved = 0;
    subdirectoryDeleted = false;
  }
}
