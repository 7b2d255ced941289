package io.kqueueserver.benchmarks;

import io.kqueueserver.http.HttpException;
import io.kqueueserver.http.Limits;
import io.kqueueserver.http.h2.hpack.FieldSink;
import io.kqueueserver.http.h2.hpack.HpackDecoder;
import io.kqueueserver.http.h2.hpack.HpackEncoder;
import io.kqueueserver.http.h2.hpack.HpackOutput;
import io.kqueueserver.http.h2.hpack.HpackWorkspace;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * A browser's request in, and a response out, by our HPACK and by Netty's. The first request of a
 * connection is all literals; later ones are indices but for the path and the cookie.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class HpackCodecBenchmark {
  private static final List<String[]> REQUEST =
      List.of(
          field(":method", "GET"),
          field(":scheme", "https"),
          field(":authority", "localhost:8443"),
          field(":path", "/api/greeting?name=World"),
          field("cache-control", "max-age=0"),
          field("upgrade-insecure-requests", "1"),
          field(
              "user-agent",
              "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"
                  + " Chrome/140.0.0.0 Safari/537.36"),
          field("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
          field("sec-fetch-site", "none"),
          field("sec-fetch-mode", "navigate"),
          field("sec-fetch-dest", "document"),
          field("accept-encoding", "gzip, deflate, br, zstd"),
          field("accept-language", "en-US,en;q=0.9"),
          field("cookie", "session=0123456789abcdef0123456789abcdef"));

  private static final List<String[]> RESPONSE =
      List.of(
          field("content-type", "application/json"),
          field("content-length", "13"),
          field("cache-control", "no-store"),
          field("vary", "origin"),
          field("date", "Sat, 28 Nov 2026 12:00:00 GMT"));

  private final HpackWorkspace workspace = new HpackWorkspace();
  private final HpackDecoder decoder = new HpackDecoder(workspace, Limits.DEFAULTS);
  private final HpackEncoder encoder = new HpackEncoder(workspace, 4096);
  private final HpackOutput out = new HpackOutput();
  private final DefaultHttp2HeadersDecoder nettyDecoder =
      new DefaultHttp2HeadersDecoder(false, 1 << 16);
  private final DefaultHttp2HeadersEncoder nettyEncoder = new DefaultHttp2HeadersEncoder();
  private final ByteBuf nettyOut = Unpooled.directBuffer(4096);

  private int received;
  private final FieldSink sink = (name, value, neverIndexed) -> received += value.length();

  @SuppressWarnings("NullAway.Init") // by encodeTwice
  private byte[] first;

  @SuppressWarnings("NullAway.Init") // by encodeTwice
  private byte[] later;

  @SuppressWarnings("NullAway.Init") // by encodeTwice
  private ByteBuffer direct;

  @SuppressWarnings("NullAway.Init") // by encodeTwice
  private ByteBuf nettyDirect;

  private static String[] field(String name, String value) {
    return new String[] {name, value};
  }

  @Setup
  public void encodeTwice() throws Http2Exception {
    HpackEncoder client = new HpackEncoder(workspace, 4096);
    first = encode(client);
    later = encode(client);
    direct = ByteBuffer.allocateDirect(first.length);
    nettyDirect = Unpooled.directBuffer(first.length);
    decode(first);
    decodeNetty(first);
  }

  private byte[] encode(HpackEncoder client) {
    client.begin();
    for (String[] field : REQUEST) {
      if (field[0].startsWith(":")) {
        client.pseudoField(field[0], field[1]);
      } else {
        client.field(field[0], field[1]);
      }
    }
    out.clear();
    client.finish(out);
    return Arrays.copyOf(out.bytes(), out.length());
  }

  @Benchmark
  public int decodeFirst() {
    return decode(first);
  }

  @Benchmark
  public int decodeLater() {
    return decode(later);
  }

  @Benchmark
  public Http2Headers decodeFirstNetty() throws Http2Exception {
    return decodeNetty(first);
  }

  @Benchmark
  public Http2Headers decodeLaterNetty() throws Http2Exception {
    return decodeNetty(later);
  }

  @Benchmark
  public int encode() {
    encoder.begin();
    encoder.status(200);
    for (String[] field : RESPONSE) {
      encoder.field(field[0], field[1]);
    }
    out.clear();
    encoder.finish(out);
    return out.length();
  }

  @Benchmark
  public int encodeNetty() throws Http2Exception {
    Http2Headers headers = new DefaultHttp2Headers(false).status("200");
    for (String[] field : RESPONSE) {
      headers.add(field[0], field[1]);
    }
    nettyOut.clear();
    nettyEncoder.encodeHeaders(1, headers, nettyOut);
    return nettyOut.readableBytes();
  }

  private int decode(byte[] block) {
    direct.clear().put(block).flip();
    decoder.beginHead(sink);
    decoder.decode(direct);
    HttpException refusal = decoder.end();
    if (refusal != null) {
      throw refusal;
    }
    return received;
  }

  private Http2Headers decodeNetty(byte[] block) throws Http2Exception {
    nettyDirect.clear().writeBytes(block);
    return nettyDecoder.decodeHeaders(1, nettyDirect);
  }
}
