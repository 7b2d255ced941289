package io.kqueueserver.watch;

import io.kqueueserver.loop.EventHandler;
import io.kqueueserver.queue.EventFlag;
import io.kqueueserver.queue.EventList;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * One open, registered file or directory. All watches that are interested in the file share its
 * node. Lives on the watcher's thread.
 */
final class Node implements EventHandler {
  final Object key;
  final Set<ActiveWatch> users = new LinkedHashSet<>();

  /** The notes that the node is registered for. */
  int notes;

  /** The id of the registration; set at the registration. */
  long udata;

  private final Nodes nodes;
  private final int fd;

  Node(Nodes nodes, Object key, int fd) {
    this.nodes = nodes;
    this.key = key;
    this.fd = fd;
  }

  @Override
  public void onEvent(EventList events, int index) {
    if (events.isError(index)) {
      lost();
      return;
    }
    int happened = events.fflags(index);
    nodes.stats().events++;
    if ((happened & EventFlag.NOTE_REVOKE) != 0) {
      nodes.forget(this); // its file system is gone; the next file with its key is another file
    }
    users.forEach(user -> user.onEvent(this, happened));
  }

  /** Events of the node may have been missed: all of its watches look again. */
  @Override
  public void registerAgain() {
    lost();
  }

  private void lost() {
    nodes.forget(this);
    users.forEach(user -> user.onEvent(this, EventFlag.NOTE_REVOKE));
  }

  @Override
  public void onFailure(Throwable error) {
    lost();
  }

  @Override
  public void onLoopEnd() {
    nodes.close(this);
  }

  @Override
  public int fd() {
    return fd;
  }
}
