package io.kqueueserver.benchmarks;

import io.kqueueserver.http.Limits;
import io.kqueueserver.http.h1.Http1Decoder;
import io.kqueueserver.spring.http.HttpHandlerAdapter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.springframework.core.io.buffer.DataBuffer;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Codec, exchange and Spring adapter together, without socket or loop: what a request costs over a
 * C loop, with a budget of about 4 µs.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class HttpHandlerAdapterBenchmark {
  private static final byte[] BODY = "Hello, World!".getBytes(StandardCharsets.US_ASCII);

  @Param public Requests request = Requests.SMALL;

  private final Http1Decoder decoder =
      new Http1Decoder(Limits.DEFAULTS, new byte[Http1Decoder.scratchSize(Limits.DEFAULTS)]);

  private final CountingWire.Loop loop = new CountingWire.Loop();

  private final HttpHandlerAdapter oneBuffer =
      new HttpHandlerAdapter(
          (request, response) ->
              response.writeWith(Mono.just(response.bufferFactory().wrap(BODY))));

  private final HttpHandlerAdapter fourBuffers =
      new HttpHandlerAdapter(
          (request, response) -> {
            DataBuffer buffer = response.bufferFactory().wrap(BODY);
            return response.writeWith(Flux.just(buffer, buffer, buffer, buffer));
          });

  @Benchmark
  public long oneBufferBody() {
    return handle(oneBuffer);
  }

  @Benchmark
  public long fourBufferBody() {
    return handle(fourBuffers);
  }

  private long handle(HttpHandlerAdapter adapter) {
    ByteBuffer in = request.bytes();
    decoder.decode(in);
    CountingWire wire = new CountingWire(decoder.head(), loop);
    decoder.decode(in);
    adapter.handle(wire.exchange());
    return wire.flushed();
  }
}
