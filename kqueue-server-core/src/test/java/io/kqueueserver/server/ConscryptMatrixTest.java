package io.kqueueserver.server;

import io.kqueueserver.build.TlsFixture;
import java.util.List;
import javax.net.ssl.SSLContext;

/** The same with Conscrypt's engine, which has preferences of its own. */
class ConscryptMatrixTest extends TlsMatrixTest {
  @Override
  SSLContext keys() {
    return TlsFixture.server(TlsFixture.conscrypt());
  }

  @Override
  SSLContext shop() {
    return TlsFixture.shop(TlsFixture.conscrypt());
  }

  /** Of TLS 1.3, whichever: BoringSSL goes by the processor's instructions and by the client. */
  @Override
  List<String> preferred() {
    return List.of("ECDHE-ECDSA-AES128-GCM-SHA256", "TLS_");
  }
}
