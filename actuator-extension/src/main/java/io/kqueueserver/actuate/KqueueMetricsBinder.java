package io.kqueueserver.actuate;

import io.kqueueserver.RunningServer;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.HashMap;
import java.util.Map;
import org.springframework.beans.factory.DisposableBean;

/**
 * Binds the meters of each run of each server at its start, in place of the meters of the run
 * before. Unbinds all meters when the context closes.
 */
final class KqueueMetricsBinder implements KqueueServerObserver, DisposableBean {
  private final MeterRegistry registry;
  private final Map<String, KqueueServerMetrics> bound = new HashMap<>();

  KqueueMetricsBinder(MeterRegistry registry) {
    this.registry = registry;
  }

  @Override
  public synchronized void onStarted(String name, RunningServer server) {
    KqueueServerMetrics before = bound.remove(name);
    if (before != null) {
      before.close();
    }
    KqueueServerMetrics metrics = new KqueueServerMetrics(server, name, Tags.empty());
    metrics.bindTo(registry);
    bound.put(name, metrics);
  }

  @Override
  public synchronized void destroy() {
    bound.values().forEach(KqueueServerMetrics::close);
    bound.clear();
  }
}
