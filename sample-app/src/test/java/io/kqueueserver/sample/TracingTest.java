package io.kqueueserver.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import io.micrometer.tracing.Span;
import io.micrometer.tracing.Tracer;
import io.micrometer.tracing.handler.DefaultTracingObservationHandler;
import io.micrometer.tracing.handler.PropagatingReceiverTracingObservationHandler;
import io.micrometer.tracing.handler.PropagatingSenderTracingObservationHandler;
import io.micrometer.tracing.otel.bridge.OtelCurrentTraceContext;
import io.micrometer.tracing.otel.bridge.OtelPropagator;
import io.micrometer.tracing.otel.bridge.OtelTracer;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.propagation.ContextPropagators;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Bean;
import org.springframework.http.client.reactive.JdkClientHttpConnector;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.server.WebFilter;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Traces by Micrometer's bridge to OpenTelemetry, with Reactor's automatic context propagation. */
@SpringBootTest(
    classes = {SampleApplication.class, TracingTest.Traces.class},
    webEnvironment = WebEnvironment.RANDOM_PORT,
    properties = {
      "spring.reactor.context-propagation=auto",
      "kqueue.server.loops=1",
      "kqueue.server.access-log.enabled=true",
      "logging.level.kqueue.server.access-log=INFO",
      "kqueue.server.access-log.pattern=trace %{trace_id}e of %U began as %{X-Trace-Id}o",
    })
@ExtendWith(OutputCaptureExtension.class)
@Timeout(30)
class TracingTest {
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

  @LocalServerPort private int port;

  private String traced(String path, String... fields) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path));
    if (fields.length > 0) {
      request.headers(fields);
    }
    return HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofString()).body();
  }

  @Test
  void aHandlerIsInTheTraceOfItsRequestOnEveryThread(CapturedOutput output) throws Exception {
    String parent = "00-" + TRACE + "-00f067aa0ba902b7-01";
    assertThat(traced("/traced/loop", "traceparent", parent)).isEqualTo(TRACE);
    assertThat(traced("/traced/elsewhere", "traceparent", parent)).isEqualTo(TRACE);
    await()
        .until(
            () ->
                output
                    .getOut()
                    .contains("trace " + TRACE + " of /traced/elsewhere began as " + TRACE));
  }

  @Test
  void aRequestWithoutATraceBeginsItsOwnOnALoopThatServedOthers(CapturedOutput output)
      throws Exception {
    Set<String> traces = new HashSet<>();
    traces.add(traced("/traced/loop", "traceparent", "00-" + TRACE + "-00f067aa0ba902b7-01"));
    traces.add(traced("/traced/loop"));
    traces.add(traced("/traced/elsewhere"));
    assertThat(traces).hasSize(3).allMatch(trace -> trace.matches("[0-9a-f]{32}"));
    await().until(() -> output.getOut().contains("trace - of /traced/elsewhere began as "));
  }

  /** The span of each, those it caused below it, as docs/access-log.md shows them. */
  @Test
  void aRequestThatCallsAnotherIsTheTreeInTheDocument() throws Exception {
    String called = "00-5bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    SPANS.clear(); // a repetition of this test has the same trace
    assertThat(traced("/traced/caller?port=" + port, "traceparent", called))
        .isEqualTo(called.substring(3, 35));
    List<SpanData> trace = new ArrayList<>();
    await()
        .until(
            () -> {
              trace.clear();
              SPANS.stream().filter(span -> called.contains(span.getTraceId())).forEach(trace::add);
              return trace.size() == 4;
            });
    StringBuilder tree = new StringBuilder("traceparent: " + called + "\n");
    show(trace, called.substring(36, 52), 1, tree);
    assertThat(Files.readString(Path.of("..", "docs", "access-log.md"))).contains(tree);
  }

  private static void show(List<SpanData> trace, String parent, int depth, StringBuilder tree) {
    for (SpanData span : trace) {
      if (span.getParentSpanId().equals(parent)) {
        tree.append("    ".repeat(depth)).append(span.getKind()).append(' ').append(span.getName());
        // By name: a span's own order of its attributes is another in each JVM.
        for (String name : List.of("uri", "status")) {
          String value = span.getAttributes().get(AttributeKey.stringKey(name));
          if (value != null) {
            tree.append("  ").append(name).append('=').append(value);
          }
        }
        tree.append('\n');
        show(trace, span.getSpanId(), depth + 1, tree);
      }
    }
  }

  private static final Queue<SpanData> SPANS = new ConcurrentLinkedQueue<>();

  /** Keeps the spans that have ended. */
  private static final class Kept implements SpanExporter {
    @Override
    public CompletableResultCode export(Collection<SpanData> spans) {
      SPANS.addAll(spans);
      return CompletableResultCode.ofSuccess();
    }

    @Override
    public CompletableResultCode flush() {
      return CompletableResultCode.ofSuccess();
    }

    @Override
    public CompletableResultCode shutdown() {
      return CompletableResultCode.ofSuccess();
    }
  }

  /** Without a stereotype: other tests of the sample must not find it. */
  static class Traces {
    private final io.opentelemetry.api.trace.Tracer spans =
        SdkTracerProvider.builder()
            .addSpanProcessor(SimpleSpanProcessor.create(new Kept()))
            .build()
            .get("sample");

    @Bean
    OtelTracer tracer() {
      return new OtelTracer(spans, new OtelCurrentTraceContext(), event -> {});
    }

    @Bean
    ObservationHandler<?> tracing(OtelTracer tracer) {
      OtelPropagator propagator =
          new OtelPropagator(
              ContextPropagators.create(W3CTraceContextPropagator.getInstance()), spans);
      return new ObservationHandler.FirstMatchingCompositeObservationHandler(
          new PropagatingReceiverTracingObservationHandler<>(tracer, propagator),
          new PropagatingSenderTracingObservationHandler<>(tracer, propagator),
          new DefaultTracingObservationHandler(tracer));
    }

    /** As docs/access-log.md has it. */
    @Bean
    WebFilter traceIdOfResponses(Tracer tracer) {
      return (exchange, chain) -> {
        Span span = tracer.currentSpan();
        if (span != null) {
          exchange.getResponse().getHeaders().set("X-Trace-Id", span.context().traceId());
        }
        return chain.filter(exchange);
      };
    }

    @Bean
    RouterFunction<ServerResponse> traced(Tracer tracer, ObservationRegistry observations) {
      WebClient client =
          WebClient.builder()
              .clientConnector(new JdkClientHttpConnector())
              .observationRegistry(observations)
              .build();
      return RouterFunctions.route()
          .GET("/traced/caller", request -> answer(looked(request, client, observations)))
          .GET("/traced/loop", request -> answer(Mono.fromSupplier(() -> current(tracer))))
          .GET(
              "/traced/elsewhere",
              request ->
                  answer(
                      Mono.delay(Duration.ofMillis(1), Schedulers.parallel())
                          .publishOn(Schedulers.boundedElastic())
                          .map(tick -> current(tracer))))
          .build();
    }

    /** Calls this server again, within an observation of the application's own. */
    private static Mono<String> looked(
        ServerRequest request, WebClient client, ObservationRegistry observations) {
      String port = request.queryParam("port").orElseThrow();
      return Mono.defer(
          () -> {
            Observation lookUp = Observation.start("look up", observations);
            return client
                .get()
                .uri("http://127.0.0.1:" + port + "/traced/{where}", "elsewhere")
                .retrieve()
                .bodyToMono(String.class)
                .doFinally(end -> lookUp.stop())
                .contextWrite(with -> with.put(ObservationThreadLocalAccessor.KEY, lookUp));
          });
    }

    private static Mono<ServerResponse> answer(Mono<String> body) {
      return ServerResponse.ok().body(body, String.class);
    }

    private static String current(Tracer tracer) {
      Span span = tracer.currentSpan();
      return span == null ? "none" : span.context().traceId();
    }
  }
}
