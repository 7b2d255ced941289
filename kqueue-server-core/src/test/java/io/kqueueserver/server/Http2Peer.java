package io.kqueueserver.server;

import static io.kqueueserver.http.h2.Frames.frame;
import static io.kqueueserver.http.h2.Frames.int32;
import static io.kqueueserver.http.h2.Frames.join;

import io.kqueueserver.build.TlsFixture;
import io.kqueueserver.http.Limits;
import io.kqueueserver.http.h2.ErrorCode;
import io.kqueueserver.http.h2.FrameFlags;
import io.kqueueserver.http.h2.FrameType;
import io.kqueueserver.http.h2.hpack.HpackDecoder;
import io.kqueueserver.http.h2.hpack.HpackEncoder;
import io.kqueueserver.http.h2.hpack.HpackOutput;
import io.kqueueserver.http.h2.hpack.HpackWorkspace;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * A client that speaks HTTP/2 frame by frame, exactly as a test says, and sees each frame of the
 * server. It gives no credit and answers nothing by itself. One thread only, but that another may
 * send while it reads.
 */
final class Http2Peer implements AutoCloseable {
  static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private static final Limits WIDE = new Limits(1 << 20, 1 << 20, 10_000, -1, 0, -1);
  private static final int PADDED_OR_PRIORITY = 0x28;

  private final WirePeer wire;
  private final DataInputStream in;
  private final HpackEncoder encoder = new HpackEncoder(new HpackWorkspace(), 4096);
  private final HpackDecoder decoder = new HpackDecoder(new HpackWorkspace(), WIDE);
  private final Deque<Frame> unread = new ArrayDeque<>();
  private boolean bytewise;

  /**
   * A frame of the server.
   *
   * @param fields of HEADERS, {@code name: value}; a block of several frames is shown as one
   */
  @SuppressWarnings("ArrayRecordComponent") // frames of a test are never compared
  record Frame(int type, int flags, int stream, byte[] payload, List<String> fields) {
    boolean is(FrameType wanted) {
      return type == wanted.number();
    }

    boolean is(FrameType wanted, int id) {
      return is(wanted) && stream == id;
    }

    boolean has(int flag) {
      return (flags & flag) != 0;
    }

    boolean endsStream() {
      return (is(FrameType.DATA) || is(FrameType.HEADERS)) && has(FrameFlags.END_STREAM);
    }

    /** The code of RST_STREAM or GOAWAY. */
    ErrorCode code() {
      return ErrorCode.of(int32At(is(FrameType.GOAWAY) ? 4 : 0));
    }

    /** The first 32 bits: an increment, a last stream. */
    int first() {
      return int32At(0);
    }

    private int int32At(int at) {
      return ByteBuffer.wrap(payload).getInt(at);
    }

    /** The text of GOAWAY. */
    String debug() {
      return new String(payload, 8, payload.length - 8, StandardCharsets.ISO_8859_1);
    }

    String text() {
      return new String(payload, StandardCharsets.ISO_8859_1);
    }

    int status() {
      return Integer.parseInt(fields.get(0).substring(":status: ".length()));
    }

    /** As tables of tests write it: {@code RST_STREAM 1 CANCEL}. */
    @Override
    public String toString() {
      FrameType known = FrameType.of(type);
      String name = known == null ? "0x" + Integer.toHexString(type) : known.name();
      String about =
          is(FrameType.RST_STREAM) || is(FrameType.GOAWAY)
              ? " " + code()
              : is(FrameType.HEADERS) ? " " + fields : " " + payload.length;
      return name + " " + stream + about + (is(FrameType.GOAWAY) ? " (" + debug() + ")" : "");
    }
  }

  /** A response, as far as it came. */
  record Answer(Map<String, String> fields, String body, @Nullable ErrorCode reset) {
    int status() {
      return Integer.parseInt(fields.getOrDefault(":status", "0"));
    }
  }

  private Http2Peer(WirePeer wire) {
    this.wire = wire;
    this.in = new DataInputStream(wire.in());
  }

  static Http2Peer on(WirePeer wire) {
    return new Http2Peer(wire);
  }

  static Http2Peer clear(int port) {
    return on(WirePeer.connect(port));
  }

  static Http2Peer tls(int port) {
    return on(WirePeer.on(h2(TlsFixture.client(), port)));
  }

  /** A socket whose handshake offers h2 and nothing else. */
  static SSLSocket h2(SSLContext client, int port) {
    SSLSocket socket = TlsFixture.connect(client, port);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setApplicationProtocols(new String[] {"h2"});
    socket.setSSLParameters(parameters);
    return socket;
  }

  /** Sends each byte in a write of its own from now on. */
  Http2Peer bytewise(boolean yes) {
    bytewise = yes;
    return this;
  }

  WirePeer wire() {
    return wire;
  }

  // ---- sending

  /** The preface with these SETTINGS; those of the server are read and acknowledged. */
  Http2Peer start(byte[]... settings) {
    send(PREFACE, frame(FrameType.SETTINGS.number(), 0, 0, settings));
    await(f -> f.is(FrameType.SETTINGS) && !f.has(FrameFlags.ACK));
    return send(settingsAck());
  }

  Http2Peer send(byte[]... octets) {
    byte[] all = join(octets);
    if (bytewise) {
      for (byte b : all) {
        wire.send(new byte[] {b});
      }
    } else {
      wire.send(all);
    }
    return this;
  }

  /** HEADERS with these fields, {@code name: value} each, by the encoder of this connection. */
  byte[] headers(int stream, boolean end, String... lines) {
    int flags = FrameFlags.END_HEADERS | (end ? FrameFlags.END_STREAM : 0);
    return frame(FrameType.HEADERS.number(), flags, stream, block(lines));
  }

  /** A field block; it must be sent, and in this order. */
  byte[] block(String... lines) {
    encoder.begin();
    for (String line : lines) {
      int colon = line.indexOf(':', 1);
      String name = line.substring(0, colon);
      String value = line.substring(colon + 1).strip();
      if (name.startsWith(":")) {
        encoder.pseudoField(name, value);
      } else {
        encoder.field(name, value);
      }
    }
    HpackOutput out = new HpackOutput();
    encoder.finish(out);
    return Arrays.copyOf(out.bytes(), out.length());
  }

  /** HEADERS of a request with a body or without. */
  byte[] request(int stream, boolean end, String method, String path, String... fields) {
    List<String> lines = new ArrayList<>();
    lines.add(":method: " + method);
    lines.add(":scheme: " + (wire.socket instanceof SSLSocket ? "https" : "http"));
    lines.add(":authority: localhost");
    lines.add(":path: " + path);
    lines.addAll(List.of(fields));
    return headers(stream, end, lines.toArray(String[]::new));
  }

  Http2Peer get(int stream, String path, String... fields) {
    return send(request(stream, true, "GET", path, fields));
  }

  /** The head of a request whose body follows. */
  Http2Peer post(int stream, String path, String... fields) {
    return send(request(stream, false, "POST", path, fields));
  }

  static byte[] data(int stream, boolean end, byte[] body) {
    return frame(FrameType.DATA.number(), end ? FrameFlags.END_STREAM : 0, stream, body);
  }

  static byte[] rst(int stream, ErrorCode code) {
    return frame(FrameType.RST_STREAM.number(), 0, stream, int32(code.number()));
  }

  static byte[] windowUpdate(int stream, int increment) {
    return frame(FrameType.WINDOW_UPDATE.number(), 0, stream, int32(increment));
  }

  static byte[] ping(long opaque) {
    byte[] payload = ByteBuffer.allocate(Long.BYTES).putLong(opaque).array();
    return frame(FrameType.PING.number(), 0, 0, payload);
  }

  static byte[] settings(byte[]... settings) {
    return frame(FrameType.SETTINGS.number(), 0, 0, settings);
  }

  static byte[] settingsAck() {
    return frame(FrameType.SETTINGS.number(), FrameFlags.ACK, 0);
  }

  // ---- reading

  /**
   * The next frame, also one that was passed over; null where the server has closed, in order or
   * not. Fails if nothing comes in time.
   */
  @Nullable Frame read() {
    Frame first = unread.poll();
    return first != null ? first : readWire();
  }

  private @Nullable Frame readWire() {
    try {
      int length = in.readUnsignedShort() << 8 | in.readUnsignedByte();
      int type = in.readUnsignedByte();
      int flags = in.readUnsignedByte();
      int stream = in.readInt();
      byte[] payload = in.readNBytes(length);
      if (payload.length < length) {
        throw new EOFException();
      }
      boolean head = type == FrameType.HEADERS.number();
      return new Frame(type, flags, stream, payload, head ? fields(flags, payload) : List.of());
    } catch (SocketTimeoutException e) {
      throw new AssertionError("no frame in time; unread: " + unread, e);
    } catch (EOFException | SocketException | SSLException e) {
      return null;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<String> fields(int flags, byte[] payload) throws IOException {
    if ((flags & PADDED_OR_PRIORITY) != 0) {
      throw new AssertionError("the server neither pads nor has priorities: " + flags);
    }
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    block.writeBytes(payload);
    for (int now = flags; (now & FrameFlags.END_HEADERS) == 0; ) {
      int length = in.readUnsignedShort() << 8 | in.readUnsignedByte();
      int type = in.readUnsignedByte();
      now = in.readUnsignedByte();
      in.readInt();
      if (type != FrameType.CONTINUATION.number()) {
        throw new AssertionError("a frame of type " + type + " within a field block");
      }
      block.writeBytes(in.readNBytes(length));
    }
    List<String> fields = new ArrayList<>();
    decoder.beginHead((name, value, never) -> fields.add(name + ": " + value));
    decoder.decode(ByteBuffer.wrap(block.toByteArray()));
    decoder.end();
    return fields;
  }

  /** The next frame that is wanted; those before it can be read later. Fails at the end. */
  Frame await(Predicate<Frame> wanted) {
    Frame found = find(wanted);
    if (found == null) {
      throw new AssertionError("the server has closed; unread: " + unread);
    }
    return found;
  }

  Frame await(FrameType type, int stream) {
    return await(f -> f.is(type, stream));
  }

  private @Nullable Frame find(Predicate<Frame> wanted) {
    for (Iterator<Frame> i = unread.iterator(); i.hasNext(); ) {
      Frame frame = i.next();
      if (wanted.test(frame)) {
        i.remove();
        return frame;
      }
    }
    for (Frame frame = readWire(); frame != null; frame = readWire()) {
      if (wanted.test(frame)) {
        return frame;
      }
      unread.add(frame);
    }
    return null;
  }

  /** What the server ends the connection with, which it then closes. */
  Frame goAway() {
    Frame goAway = await(f -> f.is(FrameType.GOAWAY) && f.code() != ErrorCode.NO_ERROR);
    if (find(f -> false) != null) {
      throw new AssertionError("not closed");
    }
    return goAway;
  }

  /** Whether the server has closed behind what it had to say. */
  boolean isClosedByServer() {
    return find(f -> false) == null;
  }

  /** Waits until the server has seen all that was sent; what it says first is left unread. */
  Http2Peer settle() {
    long opaque = System.nanoTime();
    send(ping(opaque));
    await(
        f ->
            f.is(FrameType.PING)
                && f.has(FrameFlags.ACK)
                && ByteBuffer.wrap(f.payload()).getLong() == opaque);
    return this;
  }

  /** Frames that came and were passed over. */
  List<Frame> passedOver() {
    return List.copyOf(unread);
  }

  /** The final response of the stream, or its reset; credit is given for all of it. */
  Answer answer(int stream) {
    List<String> fields = new ArrayList<>();
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    while (true) {
      Frame frame = await(f -> f.stream() == stream && !f.is(FrameType.WINDOW_UPDATE));
      if (frame.is(FrameType.RST_STREAM)) {
        return new Answer(map(fields), text(body), frame.code());
      } else if (frame.is(FrameType.HEADERS)) {
        boolean interim = frame.fields().get(0).startsWith(":status: 1");
        fields.addAll(interim ? List.of() : frame.fields());
      } else if (frame.is(FrameType.DATA)) {
        body.writeBytes(frame.payload());
        int count = frame.payload().length;
        if (count > 0 && !frame.endsStream()) {
          send(windowUpdate(0, count), windowUpdate(stream, count));
        } else if (count > 0) {
          send(windowUpdate(0, count));
        }
      }
      if (frame.endsStream()) {
        return new Answer(map(fields), text(body), null);
      }
    }
  }

  private static Map<String, String> map(List<String> lines) {
    Map<String, String> map = new LinkedHashMap<>();
    for (String line : lines) {
      int colon = line.indexOf(':', 1);
      map.merge(
          line.substring(0, colon).toLowerCase(Locale.ROOT),
          line.substring(colon + 2),
          (a, b) -> a + "," + b);
    }
    return map;
  }

  private static String text(ByteArrayOutputStream body) {
    return body.toString(StandardCharsets.ISO_8859_1);
  }

  @Override
  public void close() {
    wire.close();
  }
}
