package io.kqueueserver.watch;

import io.kqueueserver.ffi.Abi;
import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeBuffer;
import io.kqueueserver.ffi.NativeException;
import io.kqueueserver.loop.EventLoop;
import io.kqueueserver.queue.EventFlag;
import io.kqueueserver.queue.Filter;
import io.kqueueserver.stats.WatchStats;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The descriptors of one run of a watcher, by the identity of their files. An open descriptor keeps
 * the inode of its file from being used again, so that the key of an open node identifies its file.
 * Lives on the watcher's thread.
 */
final class Nodes {
  /** The charset with which the JDK turns paths to bytes. */
  private static final Charset PATHS =
      Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));

  private final EventLoop loop;
  private final Native natives;
  private final int maxDescriptors;
  private final WatchStats stats;
  private final int openFlags;
  private final Map<Object, Node> byKey = new HashMap<>();

  /** Number of open nodes, with the nodes that {@link #forget} took out of the map. */
  private int open;

  Nodes(EventLoop loop, Native natives, int maxDescriptors, WatchStats stats) {
    this.loop = loop;
    this.natives = natives;
    this.maxDescriptors = maxDescriptors;
    this.stats = stats;
    Abi abi = natives.abi();
    // O_EVTONLY (Darwin) lets the volume be unmounted in spite of the descriptor. The opened paths
    // were regular files and directories at the look. If one has become a FIFO or a link since
    // then, open neither waits for a writer nor follows the link. open(2)
    openFlags =
        abi.constant("O_EVTONLY", abi.constant("O_RDONLY"))
            | abi.constant("O_CLOEXEC")
            | abi.constant("O_NONBLOCK")
            | abi.constant("O_NOFOLLOW");
  }

  WatchStats stats() {
    return stats;
  }

  /** The node of that file, if it is registered for all of these notes. */
  @Nullable Node find(Object key, int notes) {
    Node node = byKey.get(key);
    return node != null && (notes & ~node.notes) == 0 ? node : null;
  }

  /**
   * Opens the path, unless a node has this key, and registers the node for these notes, too. The
   * caller must look at the path afterwards to find out whether it still leads to that file.
   *
   * @throws WatchException if the path cannot be opened or the queue refuses it
   */
  Node acquire(Path path, Object key, int notes) {
    Node node = byKey.get(key);
    if (node != null) {
      register(node, path, node.notes | notes);
      return node;
    }
    if (open >= maxDescriptors) {
      throw WatchException.limit(path, "max-descriptors", maxDescriptors);
    }
    node = new Node(this, key, open(path));
    stats.descriptors = ++open;
    node.udata = loop.register(node);
    byKey.put(key, node);
    try {
      register(node, path, notes);
    } catch (WatchException e) {
      close(node);
      throw e;
    }
    return node;
  }

  private int open(Path path) {
    byte[] name = path.toString().getBytes(PATHS);
    NativeBuffer cString = NativeBuffer.allocate(name.length + 1);
    cString.bytes().put(0, name);
    int fd = natives.result(natives.libc().open(cString.address(), openFlags, 0));
    if (fd < 0) {
      throw WatchException.call("open", path, natives.errno().name(-fd), null);
    }
    return fd;
  }

  /** The reason why a directory cannot be opened; null if it can be opened. */
  @Nullable WatchException refusal(Path directory) {
    try {
      natives.libc().close(open(directory));
      return null;
    } catch (WatchException e) {
      return e;
    }
  }

  private void register(Node node, Path path, int notes) {
    try {
      loop.changeNow(
          node.fd(), Filter.EVFILT_VNODE, EventFlag.EV_ADD | EventFlag.EV_CLEAR, notes, node.udata);
      node.notes = notes;
    } catch (NativeException e) {
      throw WatchException.refused(path, e);
    }
  }

  /** Closes the node if no watch has it. */
  void closeIfUnused(Node node) {
    if (node.users.isEmpty()) {
      close(node);
    }
  }

  /** Removes the key of a node. The node stays open until its watches have looked again. */
  void forget(Node node) {
    byKey.remove(node.key, node);
  }

  void close(Node node) {
    forget(node);
    loop.closing(node.fd());
    loop.deregister(node.udata);
    natives.libc().close(node.fd());
    stats.descriptors = --open;
  }
}
