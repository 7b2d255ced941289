package io.kqueueserver.net;

import io.kqueueserver.ffi.NativeBuffer;
import io.kqueueserver.loop.Deadline;
import io.kqueueserver.loop.EventHandler;
import io.kqueueserver.loop.EventLoop;
import io.kqueueserver.net.proxy.ProxyHeader;
import io.kqueueserver.queue.EventFlag;
import io.kqueueserver.queue.EventList;
import io.kqueueserver.queue.Filter;
import io.kqueueserver.socket.SocketAddresses;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.ConnectionStats;
import io.kqueueserver.stats.DescriptorKind;
import io.kqueueserver.stats.WireProtocol;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;

/**
 * An accepted socket before it becomes a connection. The greeting waits for the PROXY header, reads
 * exactly the bytes of the header, and hands the socket to a {@link Connection} with the addresses
 * of the header. The header is peeked at, so that the bytes behind it, HTTP or TLS, stay in the
 * socket for the connection. Requests do not pass this class. The loop's thread only. The greeting
 * owns the descriptor until the hand-over.
 */
final class ProxyGreeting implements EventHandler {
  /** Serves a socket after its greeting. */
  interface Successor {
    /**
     * Takes the descriptor over.
     *
     * @param peer the raw address of the client, or of the proxy without a header
     * @param header the header that was read
     */
    void serve(byte[] peer, ProxyHeader.Complete header);
  }

  private final class Timeout extends Deadline {
    @Override
    protected void onDeadline(long nowNanos) {
      close(CloseReason.HEADER_TIMEOUT);
    }
  }

  private final LoopResources resources;
  private final ProxyPolicy policy;
  private final int fd;
  private final byte[] peer;
  private final Successor successor;
  private final Runnable onClose;
  private final Timeout timeout = new Timeout();
  private final long acceptedNanos;
  private long udata;
  private boolean done;

  /**
   * @param onClose called once if the descriptor was closed instead of handed on
   */
  ProxyGreeting(
      LoopResources resources,
      ProxyPolicy policy,
      int fd,
      byte[] peer,
      Successor successor,
      Runnable onClose) {
    this.resources = resources;
    this.policy = policy;
    this.fd = fd;
    this.peer = peer;
    this.successor = successor;
    this.onClose = onClose;
    this.acceptedNanos = resources.loop().now();
  }

  /** Begins to wait, or hands the socket over at once if the peer may not send a header. */
  void open() {
    if (policy.isTrusted(peerAddress())) {
      udata = loop().register(this);
      registerAgain();
      loop().deadline(timeout, loop().now() + policy.timeoutNanos());
    } else if (policy.isRequired()) {
      refuse("it is no trusted proxy");
    } else {
      handOn(ProxyHeader.Complete.NONE);
    }
  }

  @Override
  public void onEvent(EventList events, int index) {
    if (EventLoop.isFailedChange(events, index)) {
      FailedChange.report(resources, events, index);
      close(CloseReason.NOT_REGISTERED);
    } else if (events.isEof(index) && events.fflags(index) != 0) {
      close(CloseReason.PEER_RESET, "kevent", -events.fflags(index));
    } else {
      look(events.isEof(index));
    }
  }

  @Override
  public void registerAgain() {
    loop().change(fd, Filter.EVFILT_READ, EventFlag.EV_ADD | EventFlag.EV_CLEAR, udata);
  }

  private void look(boolean eof) {
    NativeBuffer memory = resources.reads().forRead();
    ByteBuffer buffer = memory.bytes().clear();
    int room = Math.min(buffer.capacity(), ProxyHeader.MAX_LENGTH);
    int n;
    do {
      n = policy.peeker().peek(fd, memory.address(), room);
    } while (resources.sockets().isInterrupted(n)); // an edge is reported once
    if (n > 0) {
      byte[] seen = new byte[n];
      buffer.get(0, seen);
      decide(ProxyHeader.parse(seen, n), eof, n == room);
    } else if (n == 0) {
      close(CloseReason.PEER_CLOSED); // a health check, which connects and closes
    } else if (!resources.sockets().wouldBlock(n)) {
      close(CloseReason.PEER_RESET, "recv", n);
    }
  }

  private void decide(ProxyHeader header, boolean eof, boolean full) {
    if (header instanceof ProxyHeader.Complete complete) {
      accept(complete);
    } else if (header instanceof ProxyHeader.Malformed malformed) {
      refuse("its PROXY header is malformed: " + malformed.why());
    } else if (header instanceof ProxyHeader.Absent) {
      if (policy.isRequired()) {
        refuse("it sent no PROXY header");
      } else {
        handOn(ProxyHeader.Complete.NONE);
      }
    } else if (eof || full) {
      refuse(
          full ? "its PROXY header is longer than the read buffer" : "its PROXY header is cut off");
    }
  }

  private void accept(ProxyHeader.Complete header) {
    // The whole header was peeked at, and no other code reads here: it is all in the socket.
    long address = resources.reads().forRead().address();
    int n;
    do {
      n = resources.sockets().read(fd, address, header.length());
    } while (resources.sockets().isInterrupted(n)); // nothing was taken
    if (n == header.length()) {
      handOn(header);
    } else {
      close(CloseReason.PEER_RESET, "read", Math.min(n, 0));
    }
  }

  private void handOn(ProxyHeader.Complete header) {
    forget();
    InetSocketAddress source = header.source();
    byte[] client =
        source == null
            ? peer
            : SocketAddresses.encode(
                resources.sockets().abi(), source.getAddress(), source.getPort());
    successor.serve(client, header);
  }

  /** Ends the registration. Later events of it are stale. */
  private void forget() {
    done = true;
    if (udata != 0) {
      loop().cancel(timeout);
      // The connection adds its own registration, which reports the bytes in the socket.
      loop().change(fd, Filter.EVFILT_READ, EventFlag.EV_DELETE, udata);
      loop().deregister(udata);
    }
  }

  private void refuse(String why) {
    policy.refused(peerAddress(), why, loop().now());
    close(CloseReason.PROXY_HEADER);
  }

  private void close(CloseReason reason) {
    close(reason, "", 0);
  }

  private void close(CloseReason reason, String call, long result) {
    if (!done) {
      CloseLog.closed(
          resources.sockets(),
          fd,
          reason,
          call,
          result,
          new ConnectionStats(acceptedNanos),
          WireProtocol.UNDECIDED,
          loop().now());
      CloseListener listener = resources.options().closes();
      if (listener.wantsCloses()) {
        listener.onClosed(
            CloseListener.Closed.early(peerAddress(), reason, loop().now() - acceptedNanos));
      }
      forget();
      loop().stats().closed(reason);
      loop().closing(fd);
      resources.sockets().close(fd);
      onClose.run();
    }
  }

  /** When the socket was accepted. */
  long acceptedNanos() {
    return acceptedNanos;
  }

  /** Whether the descriptor was closed or handed on. */
  boolean isDone() {
    return done;
  }

  /** A graceful shutdown closes the socket, which has no request yet. */
  void drain() {
    close(CloseReason.DRAIN);
  }

  @Override
  public void onFailure(Throwable error) {
    close(CloseReason.SERVER_ERROR);
  }

  @Override
  public void onLoopEnd() {
    close(CloseReason.STOP);
  }

  @Override
  public int fd() {
    return fd;
  }

  @Override
  public DescriptorKind kind() {
    return DescriptorKind.CONNECTION;
  }

  private InetSocketAddress peerAddress() {
    return SocketAddresses.decode(resources.sockets().abi(), peer);
  }

  private EventLoop loop() {
    return resources.loop();
  }
}
