package io.kqueueserver.net;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** Releases of buffers and files, each of which may throw what an application's callback throws. */
public final class Releases {
  private Releases() {}

  /** Runs a release; null is one of nothing. */
  public static void run(@Nullable Runnable release) {
    if (release != null) {
      release.run();
    }
  }

  /** Releases all segments, and only then throws the first exception of a release. */
  static void all(Collection<Segment> done) {
    Throwable failure = null;
    for (Segment segment : done) {
      try {
        segment.release();
      } catch (RuntimeException | Error e) {
        failure = failure == null ? e : failure;
      }
    }
    rethrow(failure);
  }

  /** Throws the exception, unless it is null. */
  static void rethrow(@Nullable Throwable failure) {
    if (failure instanceof RuntimeException e) {
      throw e;
    }
    if (failure instanceof Error e) {
      throw e;
    }
  }
}
