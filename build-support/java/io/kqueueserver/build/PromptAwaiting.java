package io.kqueueserver.build;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestPlan;

/**
 * Makes tests look at once, and often, for the condition they await: Awaitility's own first look is
 * after 100 ms, which a thousand tests that end by awaiting an empty server would pay for.
 */
public final class PromptAwaiting implements TestExecutionListener {
  private static final Duration INTERVAL = Duration.ofMillis(5);

  @Override
  public void testPlanExecutionStarted(TestPlan testPlan) {
    Awaitility.setDefaultPollDelay(Duration.ZERO);
    Awaitility.setDefaultPollInterval(INTERVAL);
  }
}
