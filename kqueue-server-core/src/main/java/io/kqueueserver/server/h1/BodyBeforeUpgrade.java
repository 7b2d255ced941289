package io.kqueueserver.server.h1;

import io.kqueueserver.http.HttpException;
import io.kqueueserver.http.h1.Http1Decoder;
import io.kqueueserver.http.h1.Http1Request;
import io.kqueueserver.net.Connection;
import io.kqueueserver.net.Connection.Linger;
import io.kqueueserver.net.ConnectionHandler;
import io.kqueueserver.server.BodyPace;
import io.kqueueserver.server.Upgrade;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.Limit;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Collects the body of a request that is to be upgraded, then hands the connection over. The other
 * protocol begins after the body (RFC 7540 3.2). The kept bytes grow as they arrive, and {@link
 * Upgrade#maxBodyBytes} bounds them. The request counts as active, so that a drain waits for it.
 * The loop's thread only.
 */
final class BodyBeforeUpgrade implements ConnectionHandler {
  private static final int FIRST_BYTES = 4 * 1024;

  private final Upgrade upgrade;
  private final Connection connection;
  private final Http1Context context;
  private final Http1Decoder decoder;
  private final Http1Request head;

  private byte[] body;
  private int length;
  private @Nullable CloseReason leaving;

  /** The measure of the client's pace; null if its time has no bound. */
  private final @Nullable BodyPace pace;

  private long silenceDue;

  /** Whether the request counts as active by this handler. */
  private boolean counted = true;

  BodyBeforeUpgrade(
      Upgrade upgrade, Connection connection, Http1Context context, Http1Decoder decoder) {
    this.upgrade = upgrade;
    this.connection = connection;
    this.context = context;
    this.decoder = decoder;
    this.head = decoder.request();
    this.body = new byte[(int) Math.min(head.contentLength(), FIRST_BYTES)];
    this.pace = BodyPace.of(context.exchanges, head);
    context.exchanges.active.begin();
    awaitBytes(0);
  }

  private void awaitBytes(int count) {
    silenceDue = connection.loop().now() + context.bodyTimeoutNanos;
    if (pace != null) {
      pace.advanced(count, true);
    }
    arm();
  }

  private void arm() {
    connection.deadline(pace == null ? silenceDue : Math.min(silenceDue, pace.due()));
  }

  @Override
  public boolean wantsInput() {
    return true;
  }

  @Override
  public void onInput(ByteBuffer in) {
    int before = length;
    try {
      while (true) {
        switch (decoder.decode(in)) {
          case BODY -> keep(decoder.body());
          case END -> {
            handOver(in);
            return;
          }
          default -> {
            connection.holdsInput(decoder.keptBytes() + body.length);
            awaitBytes(length - before);
            return;
          }
        }
      }
    } catch (HttpException e) {
      Refusals.malformed(connection, context, decoder, null, e);
    }
  }

  private void keep(ByteBuffer piece) {
    int count = piece.remaining();
    if (length + count > body.length) {
      int most = (int) head.contentLength();
      body = Arrays.copyOf(body, Math.min(most, Math.max(2 * body.length, length + count)));
    }
    piece.get(body, length, count);
    length += count;
  }

  private void handOver(ByteBuffer rest) {
    ConnectionHandler successor;
    try {
      successor =
          Upgrades.handOver(upgrade, connection, context, head, ByteBuffer.wrap(body, 0, length));
    } finally {
      endCount(); // behind the begin of the exchange: the server is not idle between the two
    }
    if (leaving != null && connection.isOpen()) {
      successor.onDrain(leaving);
    }
    Upgrades.giveRest(successor, connection, rest);
  }

  private void endCount() {
    if (counted) {
      counted = false;
      context.exchanges.active.end();
    }
  }

  @Override
  public void onInputEnd() {
    connection.closeAfterFlush(CloseReason.PEER_GONE, Linger.NO);
  }

  @Override
  public void onPeerClosed() {}

  @Override
  public void onWritable() {}

  @Override
  public void onDeadline() {
    CloseReason met = met();
    if (met == null) {
      arm();
    } else if (connection.takeExcuse()) {
      if (pace != null) {
        pace.excuse();
      }
      awaitBytes(0); // the server does not read, so the client is not late
    } else {
      Refusals.bodyTimedOut(connection, context, decoder, met);
    }
  }

  /** The limit on its time that the body has met; null if there is none. */
  private @Nullable CloseReason met() {
    if (silenceDue - connection.loop().now() <= 0) {
      return CloseReason.BODY_TIMEOUT;
    }
    Limit slow = pace == null ? null : pace.check();
    return slow == null ? null : CloseReason.of(slow);
  }

  /** A drain: the request is served, and the other protocol then ends the connection. */
  @Override
  public void onDrain(CloseReason reason) {
    leaving = reason;
  }

  @Override
  public void onClosed(CloseReason reason) {
    endCount();
  }
}
