package io.kqueueserver.server;

import static io.kqueueserver.server.Http2Peer.data;
import static io.kqueueserver.server.Http2Peer.windowUpdate;

import io.kqueueserver.http.h2.FrameFlags;
import io.kqueueserver.http.h2.FrameType;
import io.kqueueserver.server.Http2Peer.Frame;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;

/**
 * What a client may hold a server to, whatever it has sent: no more DATA than it gave credit for,
 * and one end of each stream. Frames that the client sends and credit or use it go through here.
 */
final class Http2ClientModel {
  private static final int INITIAL_WINDOW = 65_535;

  private static final class Stream {
    long credit;
    boolean ended;
    boolean reset;
  }

  private final Map<Integer, Stream> streams = new HashMap<>();
  private final Queue<Integer> unacknowledged = new ArrayDeque<>();
  private long credit = INITIAL_WINDOW;
  private long initialWindow = INITIAL_WINDOW;
  private long acknowledgedWindow = INITIAL_WINDOW;

  /** What the client may still send on the connection. */
  private long sendCredit = INITIAL_WINDOW;

  private Stream stream(int id) {
    return streams.computeIfAbsent(
        id,
        key -> {
          Stream stream = new Stream();
          // The server may have begun it with what it had seen of SETTINGS: the larger is allowed.
          stream.credit = Math.max(initialWindow, acknowledgedWindow);
          return stream;
        });
  }

  // ---- what the client sends

  void opens(int id) {
    stream(id);
  }

  byte[] grows(int id, int increment) {
    if (id == 0) {
      credit += increment;
    } else {
      stream(id).credit += increment;
    }
    return windowUpdate(id, increment);
  }

  /** A larger window is in effect at once for all the client knows, a smaller one with its ACK. */
  void sends(int window) {
    unacknowledged.add(window);
    adjust(Math.max(0, window - initialWindow));
    initialWindow = Math.max(initialWindow, window);
  }

  /** SETTINGS that change no window. */
  void sendsOtherSettings() {
    unacknowledged.add(-1);
  }

  private void adjust(long change) {
    streams.values().forEach(stream -> stream.credit += change);
  }

  byte[] uses(int id, boolean end, byte[] body) {
    sendCredit -= body.length;
    return data(id, end, body);
  }

  long sendCredit() {
    return sendCredit;
  }

  // ---- what the server sends

  /** Checks a frame; fails with what is wrong about it. */
  void received(Frame frame) {
    if (frame.is(FrameType.SETTINGS) && frame.has(FrameFlags.ACK)) {
      acknowledged();
    } else if (frame.is(FrameType.WINDOW_UPDATE, 0)) {
      sendCredit += frame.first();
      require(frame.first() > 0, "no increment", frame);
    } else if (frame.stream() != 0) {
      receivedOn(stream(frame.stream()), frame);
    }
  }

  private void receivedOn(Stream stream, Frame frame) {
    require(!stream.reset, "a frame behind RST_STREAM", frame);
    if (frame.is(FrameType.RST_STREAM)) {
      stream.reset = true;
    } else if (frame.is(FrameType.WINDOW_UPDATE)) {
      require(frame.first() > 0, "no increment", frame);
    } else {
      require(!stream.ended, "a frame behind END_STREAM", frame);
      stream.ended = frame.endsStream();
    }
    if (frame.is(FrameType.DATA)) {
      int count = frame.payload().length;
      credit -= count;
      stream.credit -= count;
      require(credit >= 0, "DATA beyond the window of the connection", frame);
      require(stream.credit >= 0 || count == 0, "DATA beyond the window of the stream", frame);
    }
  }

  private void acknowledged() {
    int window = unacknowledged.isEmpty() ? -1 : unacknowledged.remove();
    if (window < 0) {
      return;
    }
    acknowledgedWindow = window;
    boolean isLast = unacknowledged.stream().noneMatch(later -> later >= 0);
    if (isLast && window < initialWindow) {
      adjust(window - initialWindow);
      initialWindow = window;
    }
  }

  private static void require(boolean holds, String what, Frame frame) {
    if (!holds) {
      throw new AssertionError(what + ": " + frame);
    }
  }
}
