package io.kqueueserver.spring.autoconfigure;

import io.kqueueserver.ffi.NativeUnavailableException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Turns a native library that cannot be used into advice. */
final class NativeUnavailableFailureAnalyzer
    extends AbstractFailureAnalyzer<NativeUnavailableException> {
  @Override
  protected FailureAnalysis analyze(Throwable rootFailure, NativeUnavailableException cause) {
    return new FailureAnalysis(
        "The kqueue server cannot use its native library: " + cause.getMessage(),
        "Check the properties kqueue.server.native.*, or replace kqueue-server-starter by"
            + " spring-boot-starter-reactor-netty on this system.",
        cause);
  }
}
