package io.kqueueserver.server;

import io.kqueueserver.http.contract.ExchangeContract;
import io.kqueueserver.http.contract.ExchangeFixture;

/** HTTP/2 whose responses are compressed. */
class CompressingHttp2ExchangeContractTest extends ExchangeContract {
  @Override
  protected ExchangeFixture newFixture() {
    return Http2ExchangeFixture.compressing();
  }
}
