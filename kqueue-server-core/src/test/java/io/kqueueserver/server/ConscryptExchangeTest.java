package io.kqueueserver.server;

import io.kqueueserver.build.TlsFixture;
import javax.net.ssl.SSLContext;

/** Requests and responses over TLS by Conscrypt. */
class ConscryptExchangeTest extends TlsExchangeTest {
  @Override
  SSLContext context() {
    return TlsFixture.server(TlsFixture.conscrypt());
  }
}
