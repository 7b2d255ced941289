package io.kqueueserver.net;

import io.kqueueserver.loop.Deadline;
import io.kqueueserver.loop.EventHandler;
import io.kqueueserver.loop.EventLoop;
import io.kqueueserver.queue.EventFlag;
import io.kqueueserver.queue.EventList;
import io.kqueueserver.queue.Filter;
import io.kqueueserver.socket.ListenSocket;
import io.kqueueserver.socket.Sockets;
import io.kqueueserver.stats.DescriptorKind;
import io.kqueueserver.stats.LoopStats;
import io.kqueueserver.stats.PauseCause;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One loop's part in accepting from a listening socket that all loops share. Registered
 * level-triggered: connections it leaves are reported again, to this loop or another. Pauses at the
 * connection limit and when descriptors or memory run out. The loop's thread only.
 */
public final class Acceptor implements EventHandler {
  /**
   * Loaded with this class: once descriptors have run out, no class can be read from a directory,
   * and one that failed to load stays lost. Pinned by DescriptorLimitTest.
   */
  private static final PauseCause OUT_OF_DESCRIPTORS = PauseCause.EXHAUSTED;

  private static final Logger log = LoggerFactory.getLogger(Acceptor.class);

  /** Accepts per event: a burst is taken quickly, and open connections still get their turn. */
  private static final int ACCEPT_BUDGET = 32;

  /** How long to wait for descriptors to be freed by somebody else, outside this server. */
  private static final long EXHAUSTED_PAUSE_NANOS = 500_000_000;

  private static final long WARN_INTERVAL_NANOS = 10_000_000_000L;

  /** Pauses less than this apart are one trouble, whose beginning is kept. */
  private static final long SAME_TROUBLE_NANOS = 1_000_000_000;

  private final class Retry extends Deadline {
    @Override
    protected void onDeadline(long nowNanos) {
      if (unregistered) {
        registerAgain();
      }
      resume();
    }
  }

  private final Worker worker;
  private final ListenSocket socket;
  private final ListenSocket.Intake intake;
  private final Balancer balancer;
  private final Runnable onClose;
  private final Runnable connectionClosed;
  private final Retry retry = new Retry();
  private long udata;
  private boolean paused;

  /** Paused until a connection closes: no retry is set. */
  private boolean atLimit;

  /** The queue has refused the listening socket. */
  private boolean unregistered;

  private boolean closed;
  private boolean everPaused;
  private long resumedAt;
  private long lastWarning = Long.MIN_VALUE / 2;

  /**
   * @param onClose called once when this loop has let the listening socket go; the last one closes
   *     it
   */
  public Acceptor(Worker worker, ListenSocket socket, Balancer balancer, Runnable onClose) {
    this.worker = worker;
    this.socket = socket;
    this.intake = socket.intake();
    this.balancer = balancer;
    this.onClose = onClose;
    this.connectionClosed = balancer::connectionClosed;
  }

  /** Begins to accept. */
  public void open() {
    worker.add(this);
    udata = loop().register(this);
    registerAgain();
  }

  @Override
  public void registerAgain() {
    unregistered = false;
    int flags = paused ? EventFlag.EV_ADD | EventFlag.EV_DISABLE : EventFlag.EV_ADD;
    loop().change(fd(), Filter.EVFILT_READ, flags, udata);
    if (atLimit) {
      resume(); // there may have been no memory to tell of the connection that made room
    }
  }

  @Override
  public void onEvent(EventList events, int index) {
    if (EventLoop.isFailedChange(events, index)) {
      notRegistered((int) events.data(index));
      return;
    }
    for (int i = 0; i < ACCEPT_BUDGET && !closed && !paused; i++) {
      if (!balancer.limit().tryAcquire()) {
        pauseAtLimit();
        return;
      }
      int fd = intake.accept();
      if (fd < 0) {
        if (!refused(fd)) {
          return;
        }
      } else {
        assign(fd);
      }
    }
  }

  /** Where memory is short it may be there a little later. */
  private void notRegistered(int errno) {
    loop().stats().failedChanges++;
    if (mayWarn()) {
      log.error(
          "kevent(EVFILT_READ, listen fd {}): {}; {} does not accept, and tries again",
          fd(),
          worker.resources().sockets().errnoName(errno),
          loop().name());
    }
    unregistered = true;
    loop().deadline(retry, loop().now() + EXHAUSTED_PAUSE_NANOS);
  }

  /** Acts on a failed accept; true if another one may succeed at once. */
  private boolean refused(int result) {
    Sockets sockets = worker.resources().sockets();
    if (sockets.wouldBlock(result)) {
      // Another loop may have paused because this look had raised the count: tell it.
      balancer.connectionClosed();
      return false;
    }
    balancer.limit().release();
    if (sockets.isAborted(result)) {
      loop().stats().acceptAborted++;
      return true; // the connection went before we got to it: take the next one
    }
    if (socket.isShutDown()) {
      pause(PauseCause.DRAIN); // for good: the drain that shut it down closes us next
      return false;
    }
    if (mayWarn()) {
      log.warn(
          "accept({}): {} - {}; accepting pauses and is tried again",
          socket.name(),
          sockets.errnoName(-result),
          sockets.isExhausted(result)
              ? "out of descriptors or memory: raise the limit (ulimit -n) or lower max-connections"
              : "the system refuses");
    }
    pause(sockets.isExhausted(result) ? OUT_OF_DESCRIPTORS : PauseCause.REFUSED);
    loop().deadline(retry, loop().now() + EXHAUSTED_PAUSE_NANOS);
    return false;
  }

  private void assign(int fd) {
    Worker target = balancer.choose(worker);
    target.assign();
    boolean handedOn = false;
    try {
      byte[] peer = intake.lastPeer();
      if (target == worker) {
        handedOn = true; // it sees to the descriptor from here on, whatever happens
        target.adopt(fd, peer, connectionClosed);
      } else {
        loop().stats().handedOver++;
        handedOn = target.loop().execute(() -> target.adopt(fd, peer, connectionClosed));
      }
    } finally {
      if (!handedOn) {
        target.unassign();
        worker.resources().sockets().close(fd);
        balancer.connectionClosed();
      }
    }
  }

  private void pauseAtLimit() {
    pause(PauseCause.CONNECTION_LIMIT);
    atLimit = true;
    if (mayWarn()) {
      log.warn(
          "{} connections are open, the limit (max-connections); accepting pauses until one closes",
          balancer.limit().max());
    }
    if (!balancer.limit().isReached()) {
      // One closed between our look and our pause, and may not have seen that we wait.
      resume();
    }
  }

  /** At the edge of a limit pauses come and go: one line in ten seconds says enough. */
  private boolean mayWarn() {
    long now = loop().now();
    if (now - lastWarning < WARN_INTERVAL_NANOS) {
      return false;
    }
    lastWarning = now;
    return true;
  }

  private void pause(PauseCause cause) {
    paused = true;
    LoopStats stats = loop().stats();
    stats.acceptPauses++;
    stats.acceptorsPaused++;
    stats.acceptPauseCause = cause;
    if (!everPaused || loop().now() - resumedAt > SAME_TROUBLE_NANOS) {
      stats.acceptPausedSince = loop().now();
    }
    everPaused = true;
    balancer.acceptorPaused();
    loop().change(fd(), Filter.EVFILT_READ, EventFlag.EV_DISABLE, udata);
  }

  void resume() {
    if (paused && !closed && !balancer.limit().isReached()) {
      paused = false;
      atLimit = false;
      resumedAt = loop().now();
      loop().stats().acceptorsPaused--;
      loop().cancel(retry);
      balancer.acceptorResumed();
      loop().change(fd(), Filter.EVFILT_READ, EventFlag.EV_ENABLE, udata);
    }
  }

  /** Lets the listening socket go. */
  void close() {
    if (closed) {
      return;
    }
    closed = true;
    loop().cancel(retry);
    if (paused) {
      loop().stats().acceptorsPaused--;
      balancer.acceptorResumed();
    }
    // Before the last loop closes the descriptor, so that no registration outlives it here.
    loop().change(fd(), Filter.EVFILT_READ, EventFlag.EV_DELETE, udata);
    loop().deregister(udata);
    loop().applyChanges();
    onClose.run();
  }

  @Override
  public void onFailure(Throwable error) {
    // Logged by the loop. One bad connection must not end accepting.
  }

  @Override
  public void onLoopEnd() {
    close();
  }

  @Override
  public int fd() {
    return socket.fd();
  }

  @Override
  public DescriptorKind kind() {
    return DescriptorKind.LISTENER;
  }

  private EventLoop loop() {
    return worker.loop();
  }

  /** For logs. */
  @Override
  public String toString() {
    return "Acceptor[" + socket.name() + "]";
  }
}
