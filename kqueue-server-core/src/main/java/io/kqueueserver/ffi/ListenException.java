package io.kqueueserver.ffi;

/**
 * There is nothing to listen on, or not there: a path that is too long or taken by another file, a
 * socket that should have been inherited. Failures of system calls are a {@link NativeException}
 * instead.
 */
public final class ListenException extends IllegalStateException {
  private static final long serialVersionUID = 1;

  private final String problem;
  private final String remedy;

  /**
   * @param problem what is wrong, naming the thing and its value
   * @param remedy what to do, as an imperative without a full stop
   */
  public ListenException(String problem, String remedy) {
    super(problem + "; " + remedy);
    this.problem = problem;
    this.remedy = remedy;
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
