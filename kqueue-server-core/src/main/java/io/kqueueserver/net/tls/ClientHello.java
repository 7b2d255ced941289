package io.kqueueserver.net.tls;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Of a ClientHello, what the server needs before it makes an engine.
 *
 * @param serverName the host name asked for, folded; null if there is none that could be one
 * @param applicationProtocols the client's ALPN names in its order; empty without the extension
 */
record ClientHello(@Nullable String serverName, List<String> applicationProtocols)
    implements ClientHelloPeek {
  ClientHello {
    applicationProtocols = List.copyOf(applicationProtocols);
  }
}
