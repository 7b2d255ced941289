package io.kqueueserver.benchmarks.load;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** One connection that asks for the bare handler's answer again and again. */
final class LoadConnection {
  private static final byte[] REQUEST =
      ("GET " + LoadApplication.BARE + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
          .getBytes(StandardCharsets.US_ASCII);
  private static final String OK = "HTTP/1.1 200 ";
  private static final String LENGTH = "\r\ncontent-length:";

  private final SocketChannel channel;
  private final SelectionKey key;
  private final ByteBuffer request = ByteBuffer.wrap(REQUEST);
  private int answerBytes;
  private int missing;
  private long sentNanos;
  private long lastNanos;
  private long dueNanos;

  private LoadConnection(SocketChannel channel, SelectionKey key) {
    this.channel = channel;
    this.key = key;
  }

  static LoadConnection connect(InetAddress source, InetSocketAddress server, Selector selector)
      throws IOException {
    SocketChannel channel = SocketChannel.open();
    channel.configureBlocking(false);
    channel.bind(new InetSocketAddress(source, 0));
    boolean connected = channel.connect(server);
    SelectionKey key = channel.register(selector, SelectionKey.OP_CONNECT);
    LoadConnection connection = new LoadConnection(channel, key);
    key.attach(connection);
    if (connected) {
      connection.send();
    }
    return connection;
  }

  void send() throws IOException {
    key.interestOps(SelectionKey.OP_READ);
    sentNanos = System.nanoTime();
    missing = answerBytes == 0 ? 1 : answerBytes;
    if (channel.write(request.rewind()) < REQUEST.length) {
      throw new IOException("the socket did not take a request of a few bytes");
    }
  }

  void sendAt(long nanos) {
    dueNanos = nanos;
  }

  boolean isDue(long now) {
    return now - dueNanos >= 0;
  }

  boolean awaitsAnswer() {
    return missing > 0 && channel.isOpen();
  }

  /** Whether an answer has become whole. */
  boolean onReady(ByteBuffer buffer) throws IOException {
    if (key.isConnectable()) {
      channel.finishConnect();
      send();
      return false;
    }
    int n = channel.read(buffer.clear());
    if (n < 0) {
      throw new EOFException("the server closed the connection");
    }
    if (answerBytes == 0) {
      answerBytes = wholeAnswer(buffer.flip());
      missing = answerBytes;
    }
    missing -= n;
    if (missing < 0) {
      throw new ProtocolException("more bytes than one answer has");
    }
    if (missing > 0) {
      return false;
    }
    lastNanos = System.nanoTime() - sentNanos;
    return true;
  }

  /** All answers are alike, so the first one's length is the length of each. */
  private static int wholeAnswer(ByteBuffer bytes) throws IOException {
    String text = StandardCharsets.ISO_8859_1.decode(bytes).toString();
    int end = text.indexOf("\r\n\r\n");
    int length = text.toLowerCase(Locale.ROOT).indexOf(LENGTH);
    if (!text.startsWith(OK) || end < 0 || length < 0 || length > end) {
      throw new ProtocolException("not the answer expected: " + text);
    }
    int from = length + LENGTH.length();
    return end + 4 + Integer.parseInt(text.substring(from, text.indexOf('\r', from)).strip());
  }

  long lastNanos() {
    return lastNanos;
  }

  void close() throws IOException {
    key.cancel();
    channel.close();
  }
}
