package io.kqueueserver.server;

import io.kqueueserver.http.contract.ExchangeContract;
import io.kqueueserver.http.contract.ExchangeFixture;

/** HTTP/2 over TLS, on a connection for each exchange. */
class TlsHttp2ExchangeContractTest extends ExchangeContract {
  @Override
  protected ExchangeFixture newFixture() {
    return Http2ExchangeFixture.tls();
  }
}
