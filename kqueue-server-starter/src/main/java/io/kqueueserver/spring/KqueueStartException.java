package io.kqueueserver.spring;

import org.springframework.boot.web.server.WebServerException;

/** The server cannot listen where it should, for a reason that is not its own. */
public final class KqueueStartException extends WebServerException {
  private static final long serialVersionUID = 1;

  private final String problem;
  private final String remedy;

  KqueueStartException(String problem, String remedy, RuntimeException cause) {
    super("Unable to start Kqueue: " + cause.getMessage(), cause);
    this.problem = problem;
    this.remedy = remedy;
  }

  /** What is wrong, in one sentence. */
  public String problem() {
    return problem;
  }

  /** What to do about it, in sentences. */
  public String remedy() {
    return remedy;
  }
}
