package io.kqueueserver.net.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.ffi.NativeBuffer;
import io.kqueueserver.net.SilentTransport;
import io.kqueueserver.net.Transport;
import io.kqueueserver.stats.TlsStats;
import java.io.ByteArrayOutputStream;
import java.util.List;
import org.junit.jupiter.api.Test;

class TlsOutputTest {
  private final TlsStats stats = new TlsStats();
  private final Wire wire = new Wire();
  private final TlsOutput output = new TlsOutput(new TlsBuffers(List.of()), wire, stats);

  @Test
  void whatTheSocketTakesIsNotKept() {
    assertThat(output.send(new byte[] {1, 2, 3}, 0, 3)).isPositive();

    assertThat(wire.taken.toByteArray()).containsExactly(1, 2, 3);
    assertThat(output.isEmpty()).isTrue();
    assertThat(stats.keptBytes).isZero();
  }

  @Test
  void whatItDoesNotTakeIsKeptInOrderUntilItDoes() {
    wire.room = 2;
    assertThat(output.send(new byte[] {1, 2, 3}, 0, 3)).isZero();
    assertThat(output.send(new byte[] {7, 4, 5, 9}, 1, 2)).isZero();
    assertThat(stats.keptBytes).isEqualTo(3);

    wire.room = 1;
    assertThat(output.flush()).isZero();
    wire.room = 100;
    assertThat(output.flush()).isPositive();

    assertThat(wire.taken.toByteArray()).containsExactly(1, 2, 3, 4, 5);
    assertThat(stats.keptBytes).isZero();
  }

  @Test
  void aPeerThatTakesNothingCannotMakeUsKeepWithoutBound() {
    wire.room = 0;
    byte[] answer = new byte[60_000];
    int result = 0;
    for (int i = 0; i < 4; i++) {
      result = output.send(answer, 0, answer.length);
      assertThat(result).isZero();
    }

    assertThat(output.send(answer, 0, answer.length)).isEqualTo(Transport.FAILED);
    assertThat(stats.keptBytes).isEqualTo(240_000);
    output.clear();
    assertThat(stats.keptBytes).isZero();
  }

  @Test
  void aFailureOfTheSocketIsPassedOn() {
    wire.error = -32;

    assertThat(output.send(new byte[1], 0, 1)).isEqualTo(-32);
  }

  /** A socket with so much room. */
  private static final class Wire extends SilentTransport {
    final ByteArrayOutputStream taken = new ByteArrayOutputStream();
    int room = Integer.MAX_VALUE;
    int error;

    @Override
    public int write(NativeBuffer from, int offset, int length) {
      if (error != 0) {
        return error;
      }
      int n = Math.min(length, room);
      room -= n;
      byte[] bytes = new byte[n];
      from.bytes().get(offset, bytes);
      taken.writeBytes(bytes);
      return n;
    }
  }
}
