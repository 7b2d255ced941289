package io.kqueueserver.server;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.Random;

/** A client that sends in random pieces and reads between them, so that neither side can block. */
final class PiecewiseClient implements AutoCloseable {
  private static final int[] PIECES = {1, 2, 7, 100, 1_500, 60_000};
  private static final int MOST_PIECES = 200;
  private static final int DEADLINE_MILLIS = 20_000;

  private final SocketChannel channel;
  private final Selector selector = Selector.open();
  private final SelectionKey key;
  private final Random random;
  private final ByteArrayOutputStream received = new ByteArrayOutputStream();
  private final ByteBuffer piece = ByteBuffer.allocate(8192);
  private boolean isClosed;

  PiecewiseClient(int port, Random random) throws IOException {
    this.random = random;
    channel = SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    channel.configureBlocking(false);
    key = channel.register(selector, 0);
  }

  /** Sends the first {@code length} octets, or as many as the server takes before it closes. */
  void send(byte[] octets, int length) throws IOException {
    ByteBuffer all = ByteBuffer.wrap(octets, 0, length);
    int most = Math.max(PIECES[random.nextInt(PIECES.length)], length / MOST_PIECES);
    while (all.hasRemaining() && !isClosed) {
      int size = Math.min(all.remaining(), 1 + random.nextInt(most));
      int sent = write(all, size);
      if (sent == 0 || random.nextInt(4) == 0) {
        await(sent == 0 ? SelectionKey.OP_READ | SelectionKey.OP_WRITE : 0);
        read();
      }
    }
  }

  private int write(ByteBuffer all, int size) {
    ByteBuffer slice = all.slice().limit(size);
    try {
      int sent = channel.write(slice);
      all.position(all.position() + sent);
      return sent;
    } catch (IOException e) {
      all.position(all.limit()); // the server has closed: what it sent before is read
      return size;
    }
  }

  /** Waits until one of the operations is possible; returns at once if there is none. */
  private void await(int operations) throws IOException {
    if (operations != 0) {
      key.interestOps(operations);
      if (selector.select(DEADLINE_MILLIS) == 0) {
        throw new AssertionError("the server neither reads nor writes, after " + received.size());
      }
      selector.selectedKeys().clear();
    }
  }

  private void read() {
    try {
      int read = channel.read(piece.clear());
      isClosed = read < 0;
      received.write(piece.array(), 0, Math.max(read, 0));
    } catch (IOException e) {
      isClosed = true;
    }
  }

  /** Ends the output, and reads until the server closes. */
  byte[] readAll() throws IOException {
    try {
      channel.shutdownOutput();
    } catch (IOException e) {
      // The server has closed.
    }
    while (!isClosed) {
      await(SelectionKey.OP_READ);
      read();
    }
    return received.toByteArray();
  }

  /** Closes so that the server sees RST. */
  void reset() throws IOException {
    channel.setOption(StandardSocketOptions.SO_LINGER, 0);
  }

  @Override
  public void close() throws IOException {
    selector.close();
    channel.close();
  }
}
