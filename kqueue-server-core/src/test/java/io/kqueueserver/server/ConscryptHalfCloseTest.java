package io.kqueueserver.server;

import io.kqueueserver.build.TlsFixture;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;

/** With Conscrypt's engine TLS 1.3 ends as TLS 1.2 does. */
class ConscryptHalfCloseTest extends TlsHalfCloseTest {
  @Override
  SSLContext keys() {
    return TlsFixture.server(TlsFixture.conscrypt());
  }

  @Test
  @Override
  void ofTls13EndsOneSideAndTheOtherGoesOn() throws Exception {
    assertEndsBothSides("TLSv1.3");
  }
}
