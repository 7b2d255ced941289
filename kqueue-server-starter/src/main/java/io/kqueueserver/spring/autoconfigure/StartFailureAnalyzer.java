package io.kqueueserver.spring.autoconfigure;

import io.kqueueserver.spring.KqueueStartException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Analyzes an address, port or path that the server cannot listen at. */
final class StartFailureAnalyzer extends AbstractFailureAnalyzer<KqueueStartException> {
  @Override
  protected FailureAnalysis analyze(Throwable rootFailure, KqueueStartException cause) {
    return new FailureAnalysis(
        "The kqueue server cannot listen: " + cause.problem(), cause.remedy(), cause);
  }
}
