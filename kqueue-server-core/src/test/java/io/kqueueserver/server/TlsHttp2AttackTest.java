package io.kqueueserver.server;

/** The attacks of {@link Http2AttackTest} over TLS. */
class TlsHttp2AttackTest extends Http2AttackTest {
  @Override
  boolean isSecure() {
    return true;
  }
}
