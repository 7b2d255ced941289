package io.kqueueserver.benchmarks.load;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/** Source addresses in 127.0.0.0/8: each brings a range of ephemeral ports of its own. */
public final class Sources {
  private static final int FIRST = 127 << 24 | 10 << 16; // 127.10.0.0
  private static final int LAST = 127 << 24 | 250 << 16;

  private int next = FIRST;

  /**
   * A block that was not handed out before: the ports of closed connections are in TIME_WAIT.
   *
   * @return its first address
   */
  public String block(int connections) {
    int block = next;
    next += connections / LoadClient.PER_SOURCE + 1;
    if (next > LAST) {
      throw new IllegalStateException("out of source addresses");
    }
    return address(block).getHostAddress();
  }

  static InetAddress plus(InetAddress first, int steps) {
    return address(ByteBuffer.wrap(first.getAddress()).getInt() + steps);
  }

  private static InetAddress address(int number) {
    try {
      return InetAddress.getByAddress(ByteBuffer.allocate(4).putInt(number).array());
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e); // four bytes are an address
    }
  }
}
