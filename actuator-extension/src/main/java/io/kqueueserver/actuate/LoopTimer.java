package io.kqueueserver.actuate;

import io.kqueueserver.stats.Histogram;
import io.kqueueserver.stats.HistogramSnapshot;
import io.kqueueserver.stats.LoopStats;
import io.kqueueserver.stats.LoopWindow;

/** The times that a loop measures. Each has three meters and one member of the endpoint's JSON. */
enum LoopTimer {
  LATENCY(
      KqueueMeters.LOOP_LATENCY,
      KqueueMeters.LOOP_LATENCY_MAX,
      KqueueMeters.LOOP_LATENCY_PERCENTILE),
  TURN(KqueueMeters.LOOP_TURN, KqueueMeters.LOOP_TURN_MAX, KqueueMeters.LOOP_TURN_PERCENTILE),
  POLL(KqueueMeters.LOOP_POLL, KqueueMeters.LOOP_POLL_MAX, KqueueMeters.LOOP_POLL_PERCENTILE),
  TIMER_LAG(
      KqueueMeters.LOOP_TIMER_LAG,
      KqueueMeters.LOOP_TIMER_LAG_MAX,
      KqueueMeters.LOOP_TIMER_LAG_PERCENTILE),
  TASK_WAIT(
      KqueueMeters.LOOP_TASK_WAIT,
      KqueueMeters.LOOP_TASK_WAIT_MAX,
      KqueueMeters.LOOP_TASK_WAIT_PERCENTILE);

  final KqueueMeters timer;
  final KqueueMeters max;
  final KqueueMeters percentile;

  LoopTimer(KqueueMeters timer, KqueueMeters max, KqueueMeters percentile) {
    this.timer = timer;
    this.max = max;
    this.percentile = percentile;
  }

  /** The histogram since the start of the loop. */
  Histogram total(LoopStats stats) {
    return switch (this) {
      case LATENCY -> stats.latency;
      case TURN -> stats.turn;
      case POLL -> stats.poll;
      case TIMER_LAG -> stats.timerLag;
      case TASK_WAIT -> stats.taskWait;
    };
  }

  /** The histogram of the last minute. */
  HistogramSnapshot recent(LoopWindow.View view) {
    return switch (this) {
      case LATENCY -> view.latency();
      case TURN -> view.turn();
      case POLL -> view.poll();
      case TIMER_LAG -> view.timerLag();
      case TASK_WAIT -> view.taskWait();
    };
  }
}
