package io.kqueueserver.spring.autoconfigure;

import io.kqueueserver.ffi.NativeUnavailableException;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.util.StringUtils;

/** Analyzes a native library that cannot be used: names the remedy, and a server as fallback. */
final class NativeUnavailableFailureAnalyzer
    extends AbstractFailureAnalyzer<NativeUnavailableException> {
  @Override
  protected FailureAnalysis analyze(Throwable rootFailure, NativeUnavailableException cause) {
    return advice(cause, Peer.on(getClass().getClassLoader()));
  }

  static FailureAnalysis advice(NativeUnavailableException cause, @Nullable Peer peer) {
    String others =
        peer == null
            ? "Or have another server serve on this system: add spring-boot-starter-reactor-netty"
                + " and set kqueue.server.fallback=true."
            : "Or let "
                + peer
                + ", which is on the class path, serve on this system: set"
                + " kqueue.server.fallback=true.";
    return new FailureAnalysis(
        "The kqueue server cannot use its native library: " + cause.problem() + ".",
        StringUtils.capitalize(cause.remedy()) + ".\n" + others,
        cause);
  }
}
