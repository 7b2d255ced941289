package io.kqueueserver.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.ffi.NativeBuffer;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bytes that several connections write in one turn, in the buffer of their loop. */
class StagingTest {
  private static final int CAPACITY = 16;

  private final Staging staging = new Staging(NativeBuffer.allocate(CAPACITY));
  private final Peer a = new Peer();
  private final Peer b = new Peer();

  /** A broadcast: all its bytes lie in the buffer, and each connection has one write. */
  @Test
  void theBytesOfSeveralConnectionsLieBesideEachOther() {
    a.write("abc");
    b.write("xyz");
    a.write("de");

    assertThat(a.copied()).isZero();
    assertThat(b.copied()).isZero();
    a.send();
    b.send();
    assertThat(a).hasToString("abcde in 1");
    assertThat(b).hasToString("xyz in 1");
    assertThat(staging.end()).isZero();
  }

  @Test
  void aConnectionThatNeedsTheRoomHasTheOthersCopied() {
    a.write("0123456789");
    b.write("9876543210");

    assertThat(a.copied()).isPositive();
    assertThat(b.copied()).isZero();
    b.send();
    a.send();
    assertThat(a).hasToString("0123456789 in 1");
    assertThat(b).hasToString("9876543210 in 1");
  }

  /** A broadcast to thousands may have to copy for each of them. */
  @Test
  void aCopyTakesNoMoreThanItsBytes() {
    a.write("0123456789");
    b.write("9876543210");

    assertThat(a.copied()).isEqualTo(Segment.OBJECT_BYTES);
  }

  @Test
  void whatTheSocketDidNotTakeIsSentBeforeWhatWasWrittenLater() {
    a.takes = 4;
    a.write("0123456789");
    a.send();
    b.write("xyz");
    a.write("ab");
    a.takes = CAPACITY;
    a.send();
    b.send();

    assertThat(a).hasToString("0123456789ab in 2");
    assertThat(b).hasToString("xyz in 1");
  }

  /** As with a handler that flushes each event while another connection's bytes wait. */
  @Test
  void aConnectionThatSendsManyTimesIsListedOnce() {
    b.write("xyz");
    for (int i = 0; i < 1_000; i++) {
      a.write("e");
      a.send();
    }

    assertThat(staging.listed()).isEqualTo(2);
    b.send();
    assertThat(staging.listed()).isZero();
  }

  /** Nobody would end it, and what it held of the buffer would be lost. */
  @Test
  void aWriteOfNothingBeginsNoRegion() {
    a.write("");

    assertThat(staging.listed()).isZero();

    b.write("0123456789");
    a.write("xyz");
    b.send();
    a.send();

    assertThat(staging.end()).isZero();
  }

  /** Else half a mebibyte would be copied each time that it takes a few. */
  @Test
  void forAPeerThatTakesFewLessIsCopiedUntilItTakesAll() {
    Peer peer = new Peer(new Staging(NativeBuffer.allocate(512 * 1024)));
    peer.takes = 1_000;
    peer.queue.append(ByteBuffer.allocate(3 << 20), () -> {});
    peer.send();
    assertThat(peer.offered).isEqualTo(512 * 1024);

    peer.send();
    assertThat(peer.offered).isEqualTo(128 * 1024);

    peer.takes = 512 * 1024;
    peer.send();
    assertThat(peer.offered).isEqualTo(512 * 1024);
  }

  /** However few bytes a write takes, and however many: by bytes, not by writes. */
  @ParameterizedTest
  @ValueSource(ints = {CAPACITY, 4096, 1 << 20, 3 << 19})
  void aFlushThatHasSentAMebibyteGivesOthersATurn(int capacity) {
    Peer peer = new Peer(new Staging(NativeBuffer.allocate(capacity)));
    peer.takes = capacity;
    peer.queue.append(ByteBuffer.allocate(3 << 20), () -> {});

    OutboundQueue.Result result = peer.queue.flush(peer);

    assertThat(result).isEqualTo(OutboundQueue.Result.MORE);
    assertThat(peer.sent.size()).isEqualTo(Math.max(1 << 20, capacity));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5})
  void inAnyOrderOfWritesEachConnectionSendsItsBytes(int seed) {
    Random random = new Random(seed);
    Peer[] peers = {a, b, new Peer(), new Peer()};
    for (int i = 0; i < 20_000; i++) {
      Peer peer = peers[random.nextInt(peers.length)];
      if (random.nextInt(4) > 0) {
        peer.write(String.valueOf((char) ('a' + i % 26)).repeat(random.nextInt(9)));
      } else {
        peer.takes = random.nextInt(CAPACITY + 1);
        peer.send();
      }
    }
    for (Peer peer : peers) {
      peer.takes = CAPACITY;
      while (peer.queue.pending() > 0) {
        peer.send();
      }
      assertThat(peer.sent.toString(StandardCharsets.US_ASCII)).isEqualTo(peer.written.toString());
    }
    assertThat(staging.end()).isZero();
  }

  /** A connection's queue, with the client that reads. */
  private final class Peer extends SilentTransport {
    final OutboundQueue queue;
    final StringBuilder written = new StringBuilder();
    final ByteArrayOutputStream sent = new ByteArrayOutputStream();
    int takes = CAPACITY;
    int writes;

    /** Number of bytes that the last write could have taken. */
    int offered;

    Peer() {
      this(staging);
    }

    Peer(Staging shared) {
      queue = new OutboundQueue(shared, false);
    }

    void write(String text) {
      written.append(text);
      queue.append(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)), null);
    }

    void send() {
      queue.flush(this);
    }

    /** Number of bytes that copies take in memory besides the unsent ones. */
    long copied() {
      return queue.weight() - queue.pending();
    }

    @Override
    public int write(NativeBuffer from, int offset, int length) {
      writes++;
      offered = length;
      int n = Math.min(takes, length);
      byte[] bytes = new byte[n];
      from.bytes().get(offset, bytes);
      sent.writeBytes(bytes);
      return n;
    }

    @Override
    public String toString() {
      return sent.toString(StandardCharsets.US_ASCII) + " in " + writes;
    }
  }
}
