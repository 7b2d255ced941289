package io.kqueueserver.server;

import io.kqueueserver.http.contract.ExchangeContract;
import io.kqueueserver.http.contract.ExchangeFixture;

/** HTTP/2 over TLS by Conscrypt, on a connection for each exchange. */
class ConscryptHttp2ExchangeContractTest extends ExchangeContract {
  @Override
  protected ExchangeFixture newFixture() {
    return Http2ExchangeFixture.conscrypt();
  }
}
