package io.kqueueserver.server.observe;

import io.kqueueserver.loop.LoopListener;
import io.kqueueserver.net.CloseListener;

/** Records rare events of a running server: stalls, closes and limits that were met. */
public interface EventRecorder {
  EventRecorder NONE =
      new EventRecorder() {
        @Override
        public OfLoop of(int loop) {
          return OfLoop.NONE;
        }

        @Override
        public void onStall(Stall stall) {}
      };

  /** Records the events of one loop, on its thread. */
  interface OfLoop extends LoopListener, CloseListener {
    OfLoop NONE = closed -> {};
  }

  /**
   * Returns a recorder for the JDK's Flight Recorder; {@link #NONE} in a runtime without the module
   * {@code jdk.jfr}, as jlink makes them.
   */
  static EventRecorder ofThisJvm() {
    boolean hasModule = ModuleLayer.boot().findModule("jdk.jfr").isPresent();
    return hasModule ? new FlightRecorderEvents() : NONE;
  }

  /** The recorder of the loop with this number. */
  OfLoop of(int loop);

  /** A stall was found, or has ended. Called by the watchdog. */
  void onStall(Stall stall);
}
