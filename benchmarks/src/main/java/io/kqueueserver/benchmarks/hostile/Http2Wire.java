package io.kqueueserver.benchmarks.hostile;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * One HTTP/2 connection of a client that makes each frame by hand: every header field is a literal
 * or of the static table. It answers nothing by itself. One thread only.
 */
final class Http2Wire implements AutoCloseable {
  static final int DATA = 0x0;
  static final int HEADERS = 0x1;
  static final int PRIORITY = 0x2;
  static final int RST_STREAM = 0x3;
  static final int SETTINGS = 0x4;
  static final int PING = 0x6;
  static final int GOAWAY = 0x7;
  static final int WINDOW_UPDATE = 0x8;
  static final int CONTINUATION = 0x9;

  static final int END_STREAM = 0x1;
  static final int END_HEADERS = 0x4;

  static final int INITIAL_WINDOW_SIZE = 4;
  private static final int CANCEL = 8;
  private static final int GET = 0x82;
  private static final int POST = 0x83;
  private static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private final Socket socket;
  private final DataInputStream in;
  private final OutputStream out;

  /**
   * Connects, and sends the preface.
   *
   * @param streamWindow what the server may send on a stream before it is given more
   */
  Http2Wire(int port, int streamWindow) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setTcpNoDelay(true);
    in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 64 * 1024));
    out = socket.getOutputStream();
    out.write(PREFACE);
    ByteBuffer window = ByteBuffer.allocate(6).putShort((short) INITIAL_WINDOW_SIZE);
    send(frame(SETTINGS, 0, 0, window.putInt(streamWindow).array()));
  }

  static byte[] frame(int type, int flags, int stream, byte... payload) {
    return ByteBuffer.allocate(9 + payload.length)
        .put((byte) (payload.length >> 16))
        .putShort((short) payload.length)
        .put((byte) type)
        .put((byte) flags)
        .putInt(stream)
        .put(payload)
        .array();
  }

  static byte[] int32(int value) {
    return ByteBuffer.allocate(4).putInt(value).array();
  }

  static byte[] get(int stream, String path) {
    return frame(HEADERS, END_HEADERS | END_STREAM, stream, block(GET, path));
  }

  static byte[] post(int stream, String path) {
    return frame(HEADERS, END_HEADERS, stream, block(POST, path));
  }

  static byte[] rst(int stream) {
    return frame(RST_STREAM, 0, stream, int32(CANCEL));
  }

  static byte[] windowUpdate(int stream, int increment) {
    return frame(WINDOW_UPDATE, 0, stream, int32(increment));
  }

  static byte[] block(int method, String path) {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    block.write(method);
    block.write(0x86); // :scheme http
    block.write(0x01); // :authority
    block.write(1);
    block.write('t');
    block.write(0x04); // :path
    block.write(path.length());
    block.writeBytes(path.getBytes(StandardCharsets.US_ASCII));
    return block.toByteArray();
  }

  /** Bounds the wait for the server's next bytes. */
  void timeout(int millis) throws IOException {
    socket.setSoTimeout(millis);
  }

  void send(byte[] frames) throws IOException {
    out.write(frames);
  }

  /** Reads frames until a stream ends, gives credit for DATA, and returns the stream's number. */
  int awaitEnd() throws IOException {
    while (true) {
      int length = in.readUnsignedShort() << 8 | in.readUnsignedByte();
      int type = in.readUnsignedByte();
      int flags = in.readUnsignedByte();
      int stream = in.readInt();
      in.skipNBytes(length);
      if (type == GOAWAY) {
        throw new EOFException("GOAWAY");
      } else if (type == SETTINGS && (flags & 1) == 0) {
        send(frame(SETTINGS, 1, 0));
      } else if (type == DATA && length > 0) {
        send(windowUpdate(0, length));
      }
      if ((type == DATA || type == HEADERS) && (flags & END_STREAM) != 0) {
        return stream;
      }
    }
  }

  /** Reads until the server closes, and drops it. */
  void drain() throws IOException {
    byte[] some = new byte[64 * 1024];
    while (in.read(some) >= 0) {
      // dropped
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
