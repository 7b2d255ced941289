package io.kqueueserver.net.tls;

import java.util.List;
import java.util.function.BiFunction;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;

/**
 * The choice of a protocol by ALPN in one handshake. The engine keeps this object as long as it
 * lives, which is why it knows nothing of the handshake.
 */
final class ProtocolChoice implements BiFunction<SSLEngine, List<String>, @Nullable String> {
  private final AlpnSelector selector;
  private boolean refused;

  ProtocolChoice(AlpnSelector selector) {
    this.selector = selector;
  }

  @Override
  public @Nullable String apply(SSLEngine engine, List<String> offered) {
    String chosen = selector.apply(engine, offered);
    refused = chosen == null;
    return chosen;
  }

  /** Whether the client has offered protocols, and none fits. */
  boolean isRefused() {
    return refused;
  }
}
