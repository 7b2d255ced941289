package io.kqueueserver.net;

import io.kqueueserver.stats.CurrentRequest;
import io.kqueueserver.stats.WireProtocol;
import java.net.InetSocketAddress;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What an observer saw of one open connection, field by field and while it went on: each is true of
 * some moment of the look, and they need not be of the same one. Times are of the loop's clock.
 *
 * @param udata slot and generation, which name it on its loop for as long as that lives
 * @param queuedBytes written by the application and not yet taken by the kernel
 */
public record ConnectionView(
    long udata,
    int fd,
    InetSocketAddress peer,
    WireProtocol protocol,
    boolean tls,
    State state,
    long openedNanos,
    long lastActiveNanos,
    long bytesRead,
    long bytesWritten,
    long queuedBytes,
    int requests,
    @Nullable CurrentRequest request) {

  /** What a connection is at, as an operator thinks of it. */
  public enum State {
    /** Between requests. */
    IDLE,
    /** A request is under way, or the connection was switched to another protocol. */
    ACTIVE,
    /** Sends what was written, then closes. */
    FLUSHING,
    /** Has sent FIN and waits for the peer's. */
    LINGERING;

    /** How the endpoint names it. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
