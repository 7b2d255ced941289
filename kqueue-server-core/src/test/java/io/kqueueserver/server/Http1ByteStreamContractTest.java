package io.kqueueserver.server;

import io.kqueueserver.http.contract.ByteStreamContract;
import io.kqueueserver.http.contract.StreamFixture;
import java.time.Duration;

/** HTTP/1.1 in the clear. */
class Http1ByteStreamContractTest extends ByteStreamContract {
  @Override
  protected StreamFixture newFixture(Duration idleTimeout, Duration drainTimeout) {
    return new Http1StreamFixture(false, idleTimeout, drainTimeout);
  }
}
