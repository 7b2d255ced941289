package io.kqueueserver.net.tls;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The parts of a ClientHello that the server needs before it makes an engine.
 *
 * @param serverName the requested host name, folded; null if the extension holds no host name
 * @param applicationProtocols the client's ALPN names in its order; empty without the extension
 */
record ClientHello(@Nullable String serverName, List<String> applicationProtocols)
    implements ClientHelloPeek {
  ClientHello {
    applicationProtocols = List.copyOf(applicationProtocols);
  }
}
