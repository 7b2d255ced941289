package io.kqueueserver.ffi;

import org.jspecify.annotations.Nullable;

/**
 * The native binding cannot be had here: no such platform, library, ABI row or symbol. Keeps
 * problem and remedy apart, so that a failure report can show them apart.
 */
public final class NativeUnavailableException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final String problem;
  private final String remedy;

  /**
   * @param problem what is wrong, naming the thing and its value
   * @param remedy what to do, as an imperative without a full stop
   */
  public NativeUnavailableException(String problem, String remedy, @Nullable Throwable cause) {
    super(problem + "; " + remedy, cause);
    this.problem = problem;
    this.remedy = remedy;
  }

  public NativeUnavailableException(String problem, String remedy) {
    this(problem, remedy, null);
  }

  /** The problem. */
  public String problem() {
    return problem;
  }

  /** The remedy. */
  public String remedy() {
    return remedy;
  }
}
