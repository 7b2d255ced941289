package io.kqueueserver.server;

import io.kqueueserver.http.contract.ByteStreamContract;
import io.kqueueserver.http.contract.StreamFixture;
import java.time.Duration;

/** Tunnels of HTTP/2 over TLS. */
class TlsHttp2ByteStreamContractTest extends ByteStreamContract {
  @Override
  protected StreamFixture newFixture(Duration idleTimeout, Duration drainTimeout) {
    return new Http2StreamFixture(true, idleTimeout, drainTimeout);
  }
}
