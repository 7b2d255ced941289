package io.kqueueserver.server.h2;

import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.Headers;
import io.kqueueserver.http.RequestHead;
import io.kqueueserver.http.h2.ErrorCode;
import io.kqueueserver.http.h2.FrameFlags;
import io.kqueueserver.http.h2.FrameParser;
import io.kqueueserver.http.h2.FrameType;
import io.kqueueserver.http.h2.FrameWriter;
import io.kqueueserver.net.Connection;
import io.kqueueserver.server.WireListener;
import io.kqueueserver.server.WireListener.Direction;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Notifies a {@link WireListener} of the frames of one connection, and of heads as they were
 * decoded or before they are encoded. There is none where nothing listens.
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

  /** The field block of a head was decoded. */
  void request(int stream, RequestHead head) {
    String target = head.method().equals("CONNECT") ? head.authority() : head.pathAsSent();
    String line = head.method() + ' ' + target + ' ' + head.version();
    listener.row(fd, stream, Direction.IN, "FIELDS", WireListener.NO_LENGTH, line, head.headers());
  }

  /** The field block of trailers was decoded. */
  void trailers(int stream, Headers fields) {
    listener.row(fd, stream, Direction.IN, "FIELDS", WireListener.NO_LENGTH, "", fields);
  }

  /** The fields of a block that leaves next. */
  void response(int stream, String status, HeaderSource fields) {
    listener.row(fd, stream, Direction.OUT, "FIELDS", WireListener.NO_LENGTH, status, fields);
  }

  /** Frames leave; of DATA the header is all that was written. */
  void sent(FrameWriter frames) {
    ByteBuffer written = ByteBuffer.wrap(frames.bytes(), 0, frames.length());
    while (written.remaining() >= FrameParser.FRAME_HEADER_BYTES) {
      int lengthAndType = written.getInt();
      int flags = written.get() & 0xff;
      int stream = written.getInt();
      int length = lengthAndType >>> 8;
      int type = lengthAndType & 0xff;
      String code = "";
      if (type == FrameType.RST_STREAM.number() || type == FrameType.GOAWAY.number()) {
        code = ErrorCode.text(written.getInt(written.position() + codeAt(type)));
      }
      frame(Direction.OUT, type, flags, stream, length, code);
      written.position(Math.min(written.limit(), written.position() + length));
    }
  }

  /** Bytes of a payload before its error code. */
  private static int codeAt(int type) {
    return type == FrameType.GOAWAY.number() ? Integer.BYTES : 0;
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
        detail.isEmpty() ? text : text + ' ' + detail,
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
