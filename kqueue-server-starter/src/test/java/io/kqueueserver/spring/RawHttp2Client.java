package io.kqueueserver.spring;

import io.kqueueserver.http.Limits;
import io.kqueueserver.http.h2.ErrorCode;
import io.kqueueserver.http.h2.FrameFlags;
import io.kqueueserver.http.h2.FrameType;
import io.kqueueserver.http.h2.hpack.HpackDecoder;
import io.kqueueserver.http.h2.hpack.HpackEncoder;
import io.kqueueserver.http.h2.hpack.HpackOutput;
import io.kqueueserver.http.h2.hpack.HpackWorkspace;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A client that speaks HTTP/2 frame by frame. It gives no credit: responses are to be short. */
final class RawHttp2Client implements AutoCloseable {
  private static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private final HpackEncoder encoder = new HpackEncoder(new HpackWorkspace(), 4096);
  private final HpackDecoder decoder =
      new HpackDecoder(new HpackWorkspace(), new Limits(1 << 20, 1 << 20, 1_000, -1, 0, -1));
  private final Map<Integer, Long> settings = new HashMap<>();
  private final Socket socket;
  private final DataInputStream in;
  private final DataOutputStream out;
  private int nextStream = 1;
  private int lastStream;

  /**
   * One frame of a stream.
   *
   * @param fields of HEADERS, {@code name: value}
   */
  @SuppressWarnings("ArrayRecordComponent") // frames of a test are never compared
  record Frame(int type, int flags, byte[] payload, List<String> fields) {
    boolean is(FrameType wanted) {
      return type == wanted.number();
    }

    int status() {
      return Integer.parseInt(fields.get(0).substring(":status: ".length()));
    }

    int errorCode() {
      return ByteBuffer.wrap(payload).getInt();
    }
  }

  /** Begins a connection; the server's first SETTINGS are known then. */
  RawHttp2Client(Socket socket) throws IOException {
    this.socket = socket;
    socket.setSoTimeout(10_000);
    this.in = new DataInputStream(socket.getInputStream());
    this.out = new DataOutputStream(socket.getOutputStream());
    out.write(PREFACE);
    write(FrameType.SETTINGS, 0, 0, new byte[0]);
    readFrame();
    write(FrameType.SETTINGS, FrameFlags.ACK, 0, new byte[0]);
  }

  /** The value that the server has announced; 0 if it has announced none. */
  long setting(int identifier) {
    return settings.getOrDefault(identifier, 0L);
  }

  /** Opens a stream with these fields, {@code name: value} each; its number. */
  int open(boolean end, String... lines) throws IOException {
    encoder.begin();
    for (String line : lines) {
      int colon = line.indexOf(':', 1);
      String value = line.substring(colon + 1).strip();
      if (line.startsWith(":")) {
        encoder.pseudoField(line.substring(0, colon), value);
      } else {
        encoder.field(line.substring(0, colon), value);
      }
    }
    HpackOutput block = new HpackOutput();
    encoder.finish(block);
    byte[] octets = new byte[block.length()];
    System.arraycopy(block.bytes(), 0, octets, 0, octets.length);
    int stream = nextStream;
    nextStream += 2;
    int flags = FrameFlags.END_HEADERS | (end ? FrameFlags.END_STREAM : 0);
    write(FrameType.HEADERS, flags, stream, octets);
    return stream;
  }

  void data(int stream, byte[] octets) throws IOException {
    write(FrameType.DATA, 0, stream, octets);
  }

  /** Ends a body. */
  void endData(int stream) throws IOException {
    write(FrameType.DATA, FrameFlags.END_STREAM, stream, new byte[0]);
  }

  /** Resets a stream by CANCEL. */
  void cancel(int stream) throws IOException {
    byte[] code = ByteBuffer.allocate(4).putInt(ErrorCode.CANCEL.number()).array();
    write(FrameType.RST_STREAM, 0, stream, code);
  }

  private void write(FrameType type, int flags, int stream, byte[] payload) throws IOException {
    ByteBuffer frame = ByteBuffer.allocate(9 + payload.length);
    frame.put((byte) 0).putShort((short) payload.length).put((byte) type.number());
    frame.put((byte) flags).putInt(stream).put(payload);
    out.write(frame.array());
    out.flush();
  }

  /** The next frame of this stream but for credit; those of others are passed over. */
  Frame next(int stream) throws IOException {
    while (true) {
      Frame frame = readFrame();
      if (lastStream == stream && !frame.is(FrameType.WINDOW_UPDATE)) {
        return frame;
      }
    }
  }

  private Frame readFrame() throws IOException {
    int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
    int type = in.readUnsignedByte();
    int flags = in.readUnsignedByte();
    lastStream = in.readInt();
    byte[] payload = in.readNBytes(length);
    List<String> fields = new ArrayList<>();
    if (type == FrameType.HEADERS.number()) {
      decoder.beginHead((name, value, never) -> fields.add(name + ": " + value));
      decoder.decode(ByteBuffer.wrap(payload));
      decoder.end();
    } else if (type == FrameType.SETTINGS.number()) {
      for (ByteBuffer each = ByteBuffer.wrap(payload); each.hasRemaining(); ) {
        settings.put((int) each.getShort(), each.getInt() & 0xffff_ffffL);
      }
    }
    return new Frame(type, flags, payload, fields);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
