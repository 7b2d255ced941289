package io.kqueueserver.actuate;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;

/** The meters of the process: its descriptors, of which each connection takes one. */
public final class KqueueProcessMetrics implements MeterBinder {
  @Override
  public void bindTo(MeterRegistry registry) {
    gauge(registry, KqueueMeters.FDS_OPEN, ProcessDescriptors::open);
    gauge(registry, KqueueMeters.FDS_LIMIT, ProcessDescriptors::limit);
  }

  private static void gauge(
      MeterRegistry registry, KqueueMeters meter, java.util.function.Supplier<Number> value) {
    Gauge.builder(meter.getName(), value)
        .baseUnit(meter.getBaseUnit())
        .description(meter.meaning())
        .register(registry);
  }
}
