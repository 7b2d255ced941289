package io.kqueueserver.server;

import io.kqueueserver.http.contract.ExchangeContract;
import io.kqueueserver.http.contract.ExchangeFixture;

/** HTTP/1.1 over TLS by Conscrypt. */
class ConscryptHttp1ExchangeContractTest extends ExchangeContract {
  @Override
  protected ExchangeFixture newFixture() {
    return Http1ExchangeFixture.conscrypt();
  }
}
