package io.kqueueserver.server;

/**
 * What is wanted of one request body: so many pieces by the application, or the rest of it, to be
 * thrown away. The loop's thread only.
 */
final class BodyDemand {
  private final long maxUnreadBytes;
  private final boolean expectsContinue;
  private long pieces;
  private boolean discarding;
  private boolean restDiscarded;
  private long discarded;
  private boolean seen;
  private boolean continueSent;

  BodyDemand(long maxUnreadBytes, boolean expectsContinue) {
    this.maxUnreadBytes = maxUnreadBytes;
    this.expectsContinue = expectsContinue;
  }

  void add(long more) {
    pieces = pieces + more < 0 ? Long.MAX_VALUE : pieces + more;
  }

  void discard() {
    discarding = true;
  }

  /** The response is complete: what is left is thrown away, whatever was wanted of it. */
  void discardRest() {
    restDiscarded = true;
    discarding = true;
  }

  /** Before it has its response a client is read only as far as keeps the connection. */
  boolean wantsMore(boolean responseEnded) {
    return discarding ? responseEnded || discarded <= maxUnreadBytes : pieces > 0;
  }

  /** Some bytes have come; false if they are to be thrown away. */
  boolean take(int count) {
    seen = true;
    if (discarding) {
      discarded += count;
      return false;
    }
    pieces--;
    return true;
  }

  boolean isDiscarding() {
    return discarding;
  }

  boolean isRestDiscarded() {
    return restDiscarded;
  }

  /** The client was told to go on. */
  void continued() {
    continueSent = true;
  }

  /** Whether the client holds its body back until it is told to send it. */
  boolean isHeldBack() {
    return expectsContinue && !continueSent && !seen;
  }
}
