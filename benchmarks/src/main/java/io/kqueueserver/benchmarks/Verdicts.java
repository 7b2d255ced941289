package io.kqueueserver.benchmarks;

import java.util.Locale;

/** Targets, each judged in one printed line. */
public final class Verdicts {
  private boolean allMet = true;

  /** One target of the form "at most". */
  public void atMost(String subject, double value, double limit) {
    print(value <= limit, subject, String.format(Locale.ROOT, "%.2f <= %.2f", value, limit));
  }

  public void that(boolean met, String subject, String figures) {
    print(met, subject, figures);
  }

  private void print(boolean met, String subject, String figures) {
    allMet &= met;
    System.out.println((met ? "MET     " : "MISSED  ") + subject + ": " + figures);
  }

  public boolean allMet() {
    return allMet;
  }
}
