package io.kqueueserver.server;

import io.kqueueserver.http.contract.ByteStreamContract;
import io.kqueueserver.http.contract.StreamFixture;
import java.time.Duration;

/** Tunnels of HTTP/2 in the clear. */
class Http2ByteStreamContractTest extends ByteStreamContract {
  @Override
  protected StreamFixture newFixture(Duration idleTimeout, Duration drainTimeout) {
    return new Http2StreamFixture(false, idleTimeout, drainTimeout);
  }
}
