package io.kqueueserver.net.tls;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.Provider;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * A handshake in memory, which shows at the start whether an engine can use its keys. The client
 * trusts any certificate, and sends none.
 */
final class TrialHandshake {
  /** 100 steps: a handshake has about ten, and an engine that stands still is broken. */
  private static final int MAX_STEPS = 100;

  private static final int PACKET = 64 * 1024;

  private final SSLEngine server;
  private final SSLEngine client;
  private final ByteBuffer toServer = ByteBuffer.allocate(PACKET);
  private final ByteBuffer toClient = ByteBuffer.allocate(PACKET);

  /** Makes a trial with a client of a provider; null for the JDK's choice. */
  TrialHandshake(SSLEngine server, @Nullable Provider provider) throws GeneralSecurityException {
    this.server = server;
    SSLContext context =
        provider == null ? SSLContext.getInstance("TLS") : SSLContext.getInstance("TLS", provider);
    context.init(null, new TrustManager[] {new TrustAny()}, null);
    this.client = context.createSSLEngine();
    client.setUseClientMode(true);
    client.setEnabledCipherSuites(client.getSupportedCipherSuites());
    client.setEnabledProtocols(server.getEnabledProtocols());
  }

  /**
   * Runs the handshake, and closes both engines.
   *
   * @throws SSLException if the handshake fails
   */
  void run() throws SSLException {
    try {
      client.beginHandshake();
      server.beginHandshake();
      for (int i = 0; isUnderWay(client) || isUnderWay(server); i++) {
        if (i == MAX_STEPS) {
          throw new SSLException("the handshake does not end");
        }
        step(client, toClient, toServer);
        step(server, toServer, toClient);
      }
    } finally {
      EngineMemory.of(client).free(client, toServer);
      EngineMemory.of(server).free(server, toClient);
    }
  }

  private static boolean isUnderWay(SSLEngine engine) {
    HandshakeStatus status = engine.getHandshakeStatus();
    return status != HandshakeStatus.NOT_HANDSHAKING && status != HandshakeStatus.FINISHED;
  }

  private static void step(SSLEngine engine, ByteBuffer in, ByteBuffer out) throws SSLException {
    Status status = Status.OK;
    switch (engine.getHandshakeStatus()) {
      case NEED_TASK -> {
        for (Runnable task; (task = engine.getDelegatedTask()) != null; ) {
          task.run();
        }
      }
      case NEED_WRAP -> status = engine.wrap(ByteBuffer.allocate(0), out).getStatus();
      case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
        in.flip();
        status = engine.unwrap(in, ByteBuffer.allocate(PACKET)).getStatus();
        in.compact();
      }
      case FINISHED, NOT_HANDSHAKING -> {}
    }
    if (status == Status.CLOSED || status == Status.BUFFER_OVERFLOW) {
      throw new SSLException("the handshake ends with " + status);
    }
  }

  private static final class TrustAny implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
