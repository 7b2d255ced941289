package io.kqueueserver.benchmarks;

import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.Headers;
import io.kqueueserver.http.Limits;
import io.kqueueserver.http.RequestHead;
import io.kqueueserver.http.h1.Http1Decoder;
import io.kqueueserver.http.h1.Http1Encoder;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** One request head in, fields looked up, one response head out. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class Http1CodecBenchmark {
  @Param public Requests request = Requests.SMALL;

  private final Http1Decoder decoder =
      new Http1Decoder(Limits.DEFAULTS, new byte[Http1Decoder.scratchSize(Limits.DEFAULTS)]);
  private final Http1Encoder encoder = new Http1Encoder();
  private final byte[] date = Http1Encoder.dateLine(0);
  private final HeaderSource fields =
      sink -> {
        sink.field("Content-Type", "application/json");
        sink.field("Cache-Control", "no-store");
      };

  @SuppressWarnings("NullAway.Init") // by decodeOnce
  private RequestHead decoded;

  @Setup
  public void decodeOnce() {
    decoded = decode();
  }

  @Benchmark
  public RequestHead decode() {
    ByteBuffer in = request.bytes();
    decoder.decode(in);
    RequestHead head = decoder.head();
    decoder.decode(in);
    return head;
  }

  @Benchmark
  public String decodeAndLookUpAHeader() {
    return String.valueOf(decode().headers().first("Accept"));
  }

  /** On a head that is there already; the first field, the last one, and one that is not there. */
  @Benchmark
  public int lookUpHeaders() {
    Headers headers = decoded.headers();
    return length(headers.first("Host"))
        + length(headers.first("Cookie"))
        + length(headers.first("If-None-Match"));
  }

  private static int length(@Nullable String value) {
    return value == null ? 0 : value.length();
  }

  @Benchmark
  public int encodeHead() {
    encoder.encodeHead(decoded, 200, fields, 13, true, date, null);
    return encoder.length();
  }

  @Benchmark
  public int decodeAndEncodeHead() {
    encoder.encodeHead(decode(), 200, fields, 13, true, date, null);
    return encoder.length();
  }
}
