package io.kqueueserver.server.h2;

import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.Headers;
import io.kqueueserver.http.RequestHead;
import io.kqueueserver.http.h2.ErrorCode;
import io.kqueueserver.http.h2.FrameFlags;
import io.kqueueserver.http.h2.FrameParser;
import io.kqueueserver.http.h2.FrameType;
import io.kqueueserver.http.h2.FrameWriter;
import io.kqueueserver.http.h2.Setting;
import io.kqueueserver.net.Connection;
import io.kqueueserver.server.WireListener;
import io.kqueueserver.server.WireListener.Direction;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Passes the frames of one connection, and its decoded or not yet encoded heads, to a {@link
 * WireListener}. A connection without listener has no rows.
 */
final class Http2WireRows {
  private final WireListener listener;
  private final int fd;

  private Http2WireRows(WireListener listener, int fd) {
    this.listener = listener;
    this.fd = fd;
  }

  static @Nullable Http2WireRows of(@Nullable WireListener listener, Connection connection) {
    return listener == null ? null : new Http2WireRows(listener, connection.fd());
  }

  /** The header of a frame came. */
  void received(int type, int flags, int stream, int length) {
    frame(Direction.IN, type, flags, stream, length, "");
  }

  /** The payload of the frame whose header came last, in words. */
  void values(int stream, String text) {
    listener.row(
        fd, stream, Direction.IN, "VALUES", WireListener.NO_PAYLOAD, text, HeaderSource.NONE);
  }

  static String setting(int identifier, long value) {
    Setting known = Setting.of(identifier);
    return (known == null ? "0x" + Integer.toHexString(identifier) : known.name()) + '=' + value;
  }

  static String goAway(int lastStreamId, int code) {
    return ErrorCode.text(code) + ", last stream " + lastStreamId;
  }

  /** Nothing of a refused request is shown: any part of it may stand where it does not belong. */
  void refused(int stream, int status) {
    listener.row(
        fd,
        stream,
        Direction.IN,
        "MALFORMED",
        WireListener.NO_PAYLOAD,
        Integer.toString(status),
        HeaderSource.NONE);
  }

  /** The field block of a head was decoded. */
  void request(int stream, RequestHead head) {
    String target = head.method().equals("CONNECT") ? head.authority() : head.pathAsSent();
    String line = head.method() + ' ' + target + ' ' + head.version();
    listener.row(fd, stream, Direction.IN, "FIELDS", WireListener.NO_PAYLOAD, line, head.headers());
  }

  /** The field block of trailers was decoded. */
  void trailers(int stream, Headers fields) {
    listener.row(fd, stream, Direction.IN, "FIELDS", WireListener.NO_PAYLOAD, "", fields);
  }

  /** The fields of a block that leaves next. */
  void response(int stream, String status, HeaderSource fields) {
    listener.row(fd, stream, Direction.OUT, "FIELDS", WireListener.NO_PAYLOAD, status, fields);
  }

  /** Frames leave; of DATA only the header was written. */
  void sent(FrameWriter frames) {
    ByteBuffer written = ByteBuffer.wrap(frames.bytes(), 0, frames.length());
    while (written.remaining() >= FrameParser.FRAME_HEADER_BYTES) {
      int lengthAndType = written.getInt();
      int flags = written.get() & 0xff;
      int stream = written.getInt();
      int length = lengthAndType >>> 8;
      int type = lengthAndType & 0xff;
      int end = Math.min(written.limit(), written.position() + length);
      frame(Direction.OUT, type, flags, stream, length, payload(FrameType.of(type), written, end));
      written.position(end);
    }
  }

  /** The payload of a frame that leaves, in words; empty for one that has no values. */
  private static String payload(@Nullable FrameType type, ByteBuffer written, int end) {
    if (type == FrameType.RST_STREAM) {
      return ErrorCode.text(written.getInt());
    } else if (type == FrameType.WINDOW_UPDATE) {
      return "+" + written.getInt();
    } else if (type == FrameType.SETTINGS) {
      List<String> values = new ArrayList<>(8);
      while (written.position() < end) {
        values.add(setting(written.getShort() & 0xffff, written.getInt() & 0xffffffffL));
      }
      return String.join(", ", values);
    } else if (type == FrameType.GOAWAY) {
      String text = goAway(written.getInt(), written.getInt());
      byte[] debug = new byte[end - written.position()];
      written.get(debug);
      return debug.length == 0
          ? text
          : text + ", " + new String(debug, StandardCharsets.ISO_8859_1);
    }
    return "";
  }

  private void frame(
      Direction direction, int type, int flags, int stream, int length, String detail) {
    FrameType known = FrameType.of(type);
    String name = known == null ? String.format(Locale.ROOT, "UNKNOWN_%x", type) : known.toString();
    String text = flags(known, flags);
    listener.row(
        fd,
        stream,
        direction,
        name,
        length,
        text.isEmpty() || detail.isEmpty() ? text + detail : text + ' ' + detail,
        HeaderSource.NONE);
  }

  private static String flags(@Nullable FrameType type, int flags) {
    if (type == FrameType.SETTINGS || type == FrameType.PING) {
      return (flags & FrameFlags.ACK) != 0 ? "ACK" : "";
    }
    if (type != FrameType.DATA && type != FrameType.HEADERS && type != FrameType.CONTINUATION) {
      return "";
    }
    List<String> names = new ArrayList<>(4);
    if ((flags & FrameFlags.END_STREAM) != 0 && type != FrameType.CONTINUATION) {
      names.add("END_STREAM");
    }
    if ((flags & FrameFlags.END_HEADERS) != 0 && type != FrameType.DATA) {
      names.add("END_HEADERS");
    }
    if ((flags & FrameFlags.PADDED) != 0 && type != FrameType.CONTINUATION) {
      names.add("PADDED");
    }
    return String.join("|", names);
  }
}
