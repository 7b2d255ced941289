package io.kqueueserver.spring;

import io.kqueueserver.ffi.ListenException;
import io.kqueueserver.ffi.NativeException;
import io.kqueueserver.ffi.NativeUnavailableException;
import io.kqueueserver.ip.IpText;
import io.kqueueserver.server.ServerOptions;
import java.util.Set;
import org.springframework.boot.web.server.PortInUseException;
import org.springframework.boot.web.server.WebServerException;
import org.springframework.util.StringUtils;

/** Translates failures of a start to exceptions for which there is a failure analyzer. */
final class StartFailures {
  private static final String UNIX = "unix:";
  private static final String UNIX_KEY = "kqueue.server.unix-socket.path";

  /** The system calls that fail because of an address, and not because of the process. */
  private static final Set<String> ABOUT_ADDRESSES = Set.of("bind", "listen", "connect");

  private StartFailures() {}

  static RuntimeException translate(RuntimeException failure, ServerOptions options) {
    if (failure instanceof NativeException e
        && e.errnoName().equals("EADDRINUSE")
        && !e.subject().startsWith(UNIX)) {
      return new PortInUseException(options.listen().port(), failure);
    }
    if (failure instanceof NativeUnavailableException) {
      return failure;
    }
    if (failure instanceof NativeException e) {
      return new KqueueStartException(problem(e), remedy(e, options), e);
    }
    if (failure instanceof ListenException e) {
      return new KqueueStartException(e.problem() + ".", sentence(e.remedy()), e);
    }
    return new WebServerException("Unable to start Kqueue: " + failure.getMessage(), failure);
  }

  private static String problem(NativeException e) {
    return e.call()
        + "("
        + e.subject()
        + ") failed with "
        + e.errnoName()
        + (e.problem() == null ? "." : ": " + e.problem() + ".");
  }

  private static String remedy(NativeException e, ServerOptions options) {
    String remedy = e.remedy() == null ? "" : sentence(e.remedy());
    if (!ABOUT_ADDRESSES.contains(e.call())) {
      return remedy.isEmpty() ? "Look up " + e.errnoName() + " in " + e.call() + "(2)." : remedy;
    }
    String where = e.subject().startsWith(UNIX) ? UNIX_KEY + " says where." : keys(options);
    return remedy.isEmpty() ? where : remedy + " " + where;
  }

  /** The prefix of the keys that set the server. The server of a child context has its own keys. */
  private static String keys(ServerOptions options) {
    String prefix = options.loops().name().endsWith("-management") ? "management." : "";
    return prefix
        + "server.port="
        + options.listen().port()
        + " and "
        + prefix
        + "server.address"
        + (options.listen().address() == null ? "" : "=" + IpText.of(options.listen().address()))
        + " say where.";
  }

  private static String sentence(String imperative) {
    return StringUtils.capitalize(imperative) + ".";
  }
}
