package io.kqueueserver.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.http.ws.ClientFrames;
import io.kqueueserver.http.ws.FrameRow;
import io.kqueueserver.http.ws.Opcode;
import io.kqueueserver.http.ws.PerMessageDeflate;
import io.kqueueserver.http.ws.Transcript;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** A WebSocket client that sends any bytes, and shows answers as {@link Transcript} does. */
final class WebSocketPeer {
  static final String OFFER =
      "GET /ws HTTP/1.1\r\nHost: t\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
          + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

  static final String DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate";

  /** What carries the bytes. */
  interface Carrier extends AutoCloseable {
    void send(byte[] bytes);

    void finish();

    @Override
    void close();
  }

  private final Carrier carrier;
  private final DataInputStream in;

  WebSocketPeer(Carrier carrier, InputStream in) {
    this.carrier = carrier;
    this.in = new DataInputStream(in);
  }

  private static Carrier carrier(WirePeer peer) {
    return new Carrier() {
      @Override
      public void send(byte[] bytes) {
        peer.send(bytes);
      }

      @Override
      public void finish() {
        peer.shutdownOutput();
      }

      @Override
      public void close() {
        peer.close();
      }
    };
  }

  /** Opens a session, with more fields in the handshake, each with its end of line. */
  static WebSocketPeer open(WirePeer peer, String fields) {
    WirePeer.Response response = peer.send(OFFER + fields + "\r\n").response();
    assertThat(response.head())
        .startsWith("HTTP/1.1 101 ")
        .contains("\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n");
    return on(peer);
  }

  /** After a handshake that was answered with 101. */
  static WebSocketPeer on(WirePeer peer) {
    return new WebSocketPeer(carrier(peer), peer.in());
  }

  WebSocketPeer send(byte[]... frames) {
    carrier.send(ClientFrames.join(frames));
    return this;
  }

  WebSocketPeer finish() {
    carrier.finish();
    return this;
  }

  /** The next message or control frame: {@code TEXT hello}; {@code END} or {@code RESET}. */
  String next() {
    try {
      return frames();
    } catch (EOFException e) {
      return "END";
    } catch (IOException e) {
      return String.valueOf(e.getMessage()).contains("reset") ? "RESET" : e.toString();
    }
  }

  private String frames() throws IOException {
    int first = in.readUnsignedByte();
    byte[] payload = payload();
    Opcode type =
        switch (first & 0x0f) {
          case 1 -> Opcode.TEXT;
          case 2 -> Opcode.BINARY;
          case 8 -> Opcode.CLOSE;
          case 9 -> Opcode.PING;
          case 10 -> Opcode.PONG;
          default -> throw new IOException("first byte " + first);
        };
    assertThat(first & 0xb0).as("FIN, and nothing reserved").isEqualTo(0x80);
    if (type == Opcode.CLOSE) {
      int code = payload.length == 0 ? 1005 : ((payload[0] & 0xff) << 8) | (payload[1] & 0xff);
      return "CLOSE " + code;
    }
    return Transcript.show(type, (first & 0x40) == 0 ? payload : inflated(payload));
  }

  private byte[] payload() throws IOException {
    int length = in.readUnsignedByte();
    long size = length == 126 ? in.readUnsignedShort() : length == 127 ? in.readLong() : length;
    return in.readNBytes((int) size);
  }

  private static byte[] inflated(byte[] payload) throws IOException {
    Inflater zlib = new Inflater(true);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] room = new byte[8192];
    zlib.setInput(ClientFrames.join(payload, new byte[] {0, 0, (byte) 0xff, (byte) 0xff}));
    try {
      for (int n = zlib.inflate(room); n > 0; n = zlib.inflate(room)) {
        out.write(room, 0, n);
      }
    } catch (DataFormatException e) {
      throw new IOException(e);
    } finally {
      zlib.end();
    }
    return out.toByteArray();
  }

  /** All up to the end, which is the last line. */
  List<String> rest() {
    List<String> lines = new ArrayList<>();
    String line;
    do {
      line = next();
      lines.add(line);
    } while (line.matches("(TEXT|BINARY|PING|PONG|CLOSE).*"));
    return lines;
  }

  void close() {
    carrier.close();
  }

  /** Sends a row of the frame tables to a server that echoes, and compares all it answers. */
  void replay(FrameRow row) {
    List<String> expected = new ArrayList<>();
    boolean open = true;
    for (String line : row.expected()) {
      if (line.startsWith("PING")) {
        expected.add(line.replace("PING", "PONG"));
      } else if (line.startsWith("REFUSED") || line.startsWith("CLOSE")) {
        open = false;
        expected.add("CLOSE " + line.substring(line.indexOf(' ') + 1).substring(0, 4));
      } else if (line.equals("OPEN")) {
        open = false;
      } else if (!line.startsWith("PONG")) {
        expected.add(line);
      }
    }
    if (open) {
      expected.add("CLOSE 1000");
    }
    expected.add("END");
    send(row.bytes(), open ? ClientFrames.close(1000, "") : new byte[0]);
    if (row.expected().contains("OPEN")) {
      finish();
    }
    assertThat(rest()).as(row.toString()).isEqualTo(expected);
    close();
  }

  /** The value of {@code Sec-WebSocket-Extensions} that asks for what the row needs. */
  static String offer(PerMessageDeflate agreed) {
    return "permessage-deflate"
        + (agreed.serverNoContextTakeover() ? "; server_no_context_takeover" : "")
        + (agreed.clientNoContextTakeover() ? "; client_no_context_takeover" : "");
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
