package io.kqueueserver.net.tls;

import org.jspecify.annotations.Nullable;

/** Thrown if a TLS provider is not available, or cannot do what the options ask of it. */
public final class TlsProviderException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  private final String problem;
  private final String remedy;

  public TlsProviderException(String problem, String remedy, @Nullable Throwable cause) {
    super(problem + "; " + remedy, cause);
    this.problem = problem;
    this.remedy = remedy;
  }

  /** The problem, as a sentence without its full stop. */
  public String problem() {
    return problem;
  }

  /** The remedy, worded to follow "To use it, ". */
  public String remedy() {
    return remedy;
  }
}
