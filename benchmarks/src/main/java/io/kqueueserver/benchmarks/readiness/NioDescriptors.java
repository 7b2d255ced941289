package io.kqueueserver.benchmarks.readiness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;

/**
 * UDP sockets on the loopback address: the JDK's selector takes no eventfd, and 10 000 pipes would
 * be 20 000 descriptors.
 */
final class NioDescriptors implements Descriptors {
  private final DatagramChannel[] channels;
  private final SocketAddress[] addresses;
  private final DatagramChannel sender;
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(Long.BYTES);

  NioDescriptors(int count) {
    channels = new DatagramChannel[count];
    addresses = new SocketAddress[count];
    try {
      sender = bound();
      for (int i = 0; i < count; i++) {
        channels[i] = bound();
        channels[i].configureBlocking(false);
        channels[i].connect(sender.getLocalAddress());
        addresses[i] = channels[i].getLocalAddress();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static DatagramChannel bound() throws IOException {
    InetAddress loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
    return DatagramChannel.open().bind(new InetSocketAddress(loopback, 0));
  }

  DatagramChannel channel(int index) {
    return channels[index];
  }

  @Override
  public int count() {
    return channels.length;
  }

  @Override
  public void makeReady(int index) {
    try {
      sender.send(buffer.clear(), addresses[index]);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void makeUnready(int index) {
    try {
      // A loaded machine may deliver late; a datagram left behind would make a later wait lie.
      while (channels[index].read(buffer.clear()) <= 0) {
        Thread.onSpinWait();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      sender.close();
      for (DatagramChannel channel : channels) {
        channel.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
