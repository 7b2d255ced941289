package io.kqueueserver.server;

import static io.kqueueserver.http.h2.Frames.frame;
import static io.kqueueserver.http.h2.Frames.int32;
import static io.kqueueserver.http.h2.Frames.join;
import static io.kqueueserver.http.h2.Frames.octets;
import static io.kqueueserver.http.h2.Frames.setting;
import static io.kqueueserver.server.Http2Peer.data;
import static io.kqueueserver.server.Http2Peer.ping;
import static io.kqueueserver.server.Http2Peer.rst;
import static io.kqueueserver.server.Http2Peer.settings;
import static io.kqueueserver.server.Http2Peer.windowUpdate;

import io.kqueueserver.http.h2.ErrorCode;
import io.kqueueserver.http.h2.FrameFlags;
import io.kqueueserver.http.h2.FrameType;
import io.kqueueserver.http.h2.Setting;
import io.kqueueserver.stats.Limit;
import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/** The floods of {@link Http2AttackTest}: a row for each way to make a server work for nothing. */
final class Http2Floods {
  private static final int WHOLE = FrameFlags.END_HEADERS | FrameFlags.END_STREAM;
  private static final byte[] BODY = new byte[500];
  private static final byte[] FIELD = octets(0, 1, 'a', 1, 'b');

  /** More fields than a section may have, each an octet. */
  private static final byte[] REFERENCES = octets(IntStream.range(0, 200).map(i -> 0x90).toArray());

  private Http2Floods() {}

  /**
   * A flood.
   *
   * @param limit what stops it, whose property GOAWAY names
   * @param send sends all of it
   */
  record Flood(String name, Limit limit, BiConsumer<Http2Peer, ByteArrayOutputStream> send) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static byte[] trailers(int stream, int flags, byte[] block) {
    return frame(FrameType.HEADERS.number(), flags, stream, block);
  }

  private static Flood flood(
      String name, Limit limit, BiConsumer<Http2Peer, ByteArrayOutputStream> send) {
    return new Flood(name, limit, send);
  }

  /** Streams 1, 3, 5 and so on, each with these frames. */
  private static Flood streams(String name, int count, IntFunction<byte[]> rest) {
    return streams(name, Limit.HTTP2_RESETS, count, rest);
  }

  private static Flood streams(String name, Limit limit, int count, IntFunction<byte[]> rest) {
    return streams(name, limit, "/slow", count, rest);
  }

  private static Flood streams(
      String name, Limit limit, String path, int count, IntFunction<byte[]> rest) {
    return flood(
        name,
        limit,
        (peer, out) -> {
          for (int i = 0; i < count; i++) {
            int stream = 2 * i + 1;
            out.writeBytes(peer.request(stream, false, "POST", path, "content-length: 500"));
            out.writeBytes(rest.apply(stream));
          }
        });
  }

  private static Flood frames(String name, Limit limit, int count, IntFunction<byte[]> frame) {
    return flood(
        name, limit, (peer, out) -> IntStream.range(0, count).forEach(i -> add(out, frame, i)));
  }

  private static void add(ByteArrayOutputStream out, IntFunction<byte[]> frame, int i) {
    out.writeBytes(frame.apply(i));
  }

  private static Flood control(String name, IntFunction<byte[]> frame) {
    return frames(name, Limit.HTTP2_CONTROL_FRAMES, 2_000, frame);
  }

  /** HEADERS that do not end their block, and then these frames. */
  private static Flood block(String name, Limit limit, int count, IntFunction<byte[]> fragment) {
    int type = FrameType.CONTINUATION.number();
    return flood(
        name,
        limit,
        (peer, out) -> {
          out.writeBytes(
              frame(FrameType.HEADERS.number(), FrameFlags.END_STREAM, 1, octets(0x82, 0x86)));
          IntStream.range(0, count)
              .forEach(i -> out.writeBytes(frame(type, 0, 1, fragment.apply(i))));
        });
  }

  static List<Flood> floods() {
    int priority = FrameType.PRIORITY.number();
    int priorityUpdate = FrameType.PRIORITY_UPDATE.number();
    return List.of(
        streams("CVE-2023-44487 rapid reset", 400, id -> rst(id, ErrorCode.CANCEL)),
        streams(
            "CVE-2025-8671 made reset by an increment of 0",
            400,
            id -> join(data(id, false, octets('x')), windowUpdate(id, 0))),
        streams(
            "CVE-2025-8671 made reset by a window that overflows",
            400,
            id -> join(data(id, false, octets('x')), windowUpdate(id, Integer.MAX_VALUE))),
        streams(
            "CVE-2025-8671 made reset by a body that is too long",
            400,
            id -> data(id, true, new byte[600])),
        streams(
            "CVE-2025-8671 made reset by a PRIORITY of four bytes",
            Limit.HTTP2_CONTROL_FRAMES,
            400,
            id -> join(data(id, false, octets('x')), frame(priority, 0, id, int32(0)))),
        streams(
            "CVE-2025-8671 made reset by a dependency on itself",
            Limit.HTTP2_CONTROL_FRAMES,
            400,
            id -> join(data(id, false, octets('x')), frame(priority, 0, id, int32(id), octets(1)))),
        streams(
            "CVE-2025-8671 made reset by frames behind the end",
            400,
            id -> join(data(id, true, BODY), data(id, true, octets('x')))),
        streams(
            "CVE-2025-8671 made reset by a body that is too short",
            400,
            id -> data(id, true, octets('x'))),
        streams(
            "CVE-2025-8671 made reset by HEADERS behind the end",
            400,
            id -> join(data(id, true, BODY), trailers(id, WHOLE, FIELD))),
        streams(
            "CVE-2025-8671 made reset by trailers that end nothing",
            400,
            id -> join(data(id, false, BODY), trailers(id, FrameFlags.END_HEADERS, FIELD))),
        streams(
            "CVE-2025-8671 made reset by trailers with a pseudo-field",
            400,
            id -> join(data(id, false, BODY), trailers(id, WHOLE, octets(0x82)))),
        streams(
            "CVE-2025-8671 made reset by trailers that are too many",
            Limit.HTTP2_RESETS,
            "/begun", // a complete 431 would be no reset
            400,
            id -> join(data(id, false, BODY), trailers(id, WHOLE, REFERENCES))),
        flood(
            "CVE-2019-9514 reset flood by malformed requests",
            Limit.HTTP2_RESETS,
            (peer, out) -> {
              for (int i = 0; i < 400; i++) {
                out.writeBytes(peer.headers(2 * i + 1, true, ":method: GET"));
              }
            }),
        flood(
            "CVE-2019-9514 resets of a stream that has ended",
            Limit.HTTP2_CONTROL_FRAMES,
            (peer, out) -> {
              out.writeBytes(peer.request(1, true, "GET", "/a"));
              for (int i = 0; i < 2_000; i++) {
                out.writeBytes(rst(1, ErrorCode.CANCEL));
              }
            }),
        control("CVE-2019-9512 ping flood", i -> ping(i)),
        control("CVE-2019-9515 settings flood", i -> settings()),
        control(
            "CVE-2019-9515 settings that move a window",
            i -> settings(setting(Setting.INITIAL_WINDOW_SIZE.identifier(), i))),
        control(
            "CVE-2019-9513 resource loop",
            i -> frame(priority, 0, 2 * i + 1, int32(2 * i + 3), octets(i))),
        control("PRIORITY_UPDATE flood", i -> frame(priorityUpdate, 0, 0, int32(1), octets('u'))),
        control("flood of an unknown type", i -> frame(0xbe, 0, 0)),
        control("CVE-2019-9517 WINDOW_UPDATE flood", i -> windowUpdate(0, 1)),
        flood(
            "CVE-2019-9518 empty frames flood",
            Limit.HTTP2_EMPTY_DATA,
            (peer, out) -> {
              out.writeBytes(peer.request(1, false, "POST", "/slow"));
              IntStream.range(0, 100).forEach(i -> out.writeBytes(data(1, false, octets())));
            }),
        flood(
            "CVE-2019-9518 empty frames that are padded",
            Limit.HTTP2_EMPTY_DATA,
            (peer, out) -> {
              out.writeBytes(peer.request(1, false, "POST", "/slow"));
              byte[] padded = frame(0, FrameFlags.PADDED, 1, octets(2, 0, 0));
              IntStream.range(0, 100).forEach(i -> out.writeBytes(padded));
            }),
        block(
            "CVE-2024-27316 continuation flood", Limit.HTTP2_CONTINUATIONS, 100, i -> octets(0x84)),
        block(
            "CVE-2024-27983 continuations that bring nothing",
            Limit.HTTP2_CONTINUATIONS,
            100,
            i -> octets()),
        block(
            "CVE-2026-33871 continuations without end",
            Limit.HTTP2_HEADER_BLOCK,
            10,
            i -> new byte[16_384]),
        block(
            "CVE-2026-47774 a block of references to one field",
            Limit.HTTP2_HEADER_BLOCK,
            10,
            i -> octets(IntStream.range(0, 16_000).map(j -> 0x84).toArray())));
  }
}
