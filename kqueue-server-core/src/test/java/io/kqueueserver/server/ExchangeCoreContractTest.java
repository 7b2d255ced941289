package io.kqueueserver.server;

import io.kqueueserver.http.contract.ExchangeContract;
import io.kqueueserver.http.contract.ExchangeFixture;

/** What all HTTP versions share, without any of them. */
class ExchangeCoreContractTest extends ExchangeContract {
  @Override
  protected ExchangeFixture newFixture() {
    return new MemoryExchangeFixture();
  }
}
