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
 * One loop's part in accepting from a listening socket that all loops share. The socket is
 * registered level-triggered: connections that an acceptor leaves are reported again, to this loop
 * or another. An acceptor pauses at the connection limit and when descriptors or memory run out.
 * The loop's thread only.
 */
public final class Acceptor implements EventHandler {
  /**
   * Loads {@link PauseCause} with this class. Without a free descriptor no class can be read from a
   * directory, and a class that failed to load stays lost. Pinned by DescriptorLimitTest.
   */
  private static final PauseCause OUT_OF_DESCRIPTORS = PauseCause.EXHAUSTED;

  private static final Logger log = LoggerFactory.getLogger(Acceptor.class);

  /** 32 accepts per event: a burst is taken quickly, and open connections still get their turn. */
  private static final int MAX_BATCH = 32;

  /** 500 ms: how long to wait for descriptors that other code of the process may close. */
  private static final long EXHAUSTED_PAUSE_NANOS = 500_000_000;

  private static final long WARN_INTERVAL_NANOS = 10_000_000_000L;

  /** 1 s: pauses less than this apart count as one pause, whose beginning is kept. */
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

  /**
   * Number of accepts of an event. A connection that comes alone costs no accept that finds
   * nothing; those that a batch has left are reported again in the next turn, whose batch is twice
   * as large.
   */
  private int batch = 1;

  /** The turn whose batch was taken whole. */
  private long fullTurn = Long.MIN_VALUE;

  private boolean paused;

  /** Whether accepting is paused until a connection closes; no retry is set then. */
  private boolean atLimit;

  /** Whether the queue has refused the listening socket. */
  private boolean unregistered;

  private boolean closed;
  private boolean everPaused;
  private long resumedAt;
  private long lastWarning = Long.MIN_VALUE / 2;

  /**
   * @param onClose called once when this acceptor has deregistered the listening socket; the last
   *     acceptor's callback closes the socket
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
      resume(); // the notice of a closed connection may have failed for want of memory
    }
  }

  @Override
  public void onEvent(EventList events, int index) {
    if (EventLoop.isFailedChange(events, index)) {
      notRegistered((int) events.data(index));
      return;
    }
    long turn = loop().stats().turns;
    batch = turn == fullTurn + 1 ? Math.min(2 * batch, MAX_BATCH) : 1;
    for (int i = 0; i < batch && !closed && !paused; i++) {
      if (!balancer.limit().tryAcquire()) {
        pauseAtLimit();
        return;
      }
      int fd = intake.accept();
      if (fd >= 0) {
        assign(fd);
      } else if (!refused(fd)) {
        return;
      }
    }
    fullTurn = turn;
  }

  /** The queue has refused the listening socket: tries again after a pause. */
  private void notRegistered(int errno) {
    loop().stats().failedChanges++;
    if (admitWarning()) {
      log.error(
          "kevent(EVFILT_READ, listen fd {}): {}; {} does not accept, and tries again",
          fd(),
          worker.resources().sockets().errnoName(errno),
          loop().name());
    }
    unregistered = true;
    loop().deadline(retry, loop().now() + EXHAUSTED_PAUSE_NANOS);
  }

  /** Handles a failed accept. Returns true if another accept may succeed at once. */
  private boolean refused(int result) {
    Sockets sockets = worker.resources().sockets();
    if (sockets.wouldBlock(result)) {
      // Another loop may have paused because this attempt had raised the count: wake that loop.
      balancer.connectionClosed();
      return false;
    }
    balancer.limit().release();
    if (sockets.isAborted(result)) {
      loop().stats().acceptAborted++;
      return true; // the peer has left before the accept: take the next connection
    }
    if (socket.isShutDown()) {
      pause(PauseCause.DRAIN); // for good: the drain that shut the socket down closes this next
      return false;
    }
    if (admitWarning()) {
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
        handedOn = true; // the worker owns the descriptor from here on
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
    if (admitWarning()) {
      log.warn(
          "{} connections are open, the limit (max-connections); accepting pauses until one closes",
          balancer.limit().max());
    }
    if (!balancer.limit().isReached()) {
      // A connection may have closed before the pause was visible, and then has not resumed this.
      resume();
    }
  }

  /** Admits one warning in ten seconds, because pauses at a limit are frequent. */
  private boolean admitWarning() {
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

  /** Deregisters the listening socket. */
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
    // Before the last loop closes the descriptor, so that no registration outlives the descriptor.
    loop().change(fd(), Filter.EVFILT_READ, EventFlag.EV_DELETE, udata);
    loop().deregister(udata);
    loop().applyChanges();
    onClose.run();
  }

  @Override
  public void onFailure(Throwable error) {
    // The loop logs it. One bad connection must not end accepting.
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

  /** The name of the listening socket, for logs. */
  @Override
  public String toString() {
    return "Acceptor[" + socket.name() + "]";
  }
}
