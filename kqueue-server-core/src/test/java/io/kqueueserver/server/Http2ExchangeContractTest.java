package io.kqueueserver.server;

import io.kqueueserver.http.contract.ExchangeContract;
import io.kqueueserver.http.contract.ExchangeFixture;

/** HTTP/2 in the clear; the exchanges of a test share their connection. */
class Http2ExchangeContractTest extends ExchangeContract {
  @Override
  protected ExchangeFixture newFixture() {
    return Http2ExchangeFixture.plain();
  }
}
