package io.kqueueserver.spring;

import org.springframework.boot.web.server.WebServerException;

/** Thrown if the server cannot listen at its address for a reason outside of the server. */
public final class KqueueStartException extends WebServerException {
  private static final long serialVersionUID = 1;

  private final String problem;
  private final String remedy;

  KqueueStartException(String problem, String remedy, RuntimeException cause) {
    super("Unable to start Kqueue: " + cause.getMessage(), cause);
    this.problem = problem;
    this.remedy = remedy;
  }

  /** The problem, in one sentence. */
  public String problem() {
    return problem;
  }

  /** The remedy, in sentences. */
  public String remedy() {
    return remedy;
  }
}
