package io.kqueueserver.server;

import io.kqueueserver.net.Endpoint;
import java.net.InetSocketAddress;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** Two addresses that nobody has. */
final class MemoryEndpoint implements Endpoint {
  @Override
  public InetSocketAddress remoteAddress() {
    return new InetSocketAddress("192.0.2.1", 50_000);
  }

  @Override
  public boolean isClientKnown() {
    return true;
  }

  @Override
  public InetSocketAddress localAddress() {
    return new InetSocketAddress("192.0.2.2", 8080);
  }

  @Override
  public boolean isSecure() {
    return false;
  }

  @Override
  public @Nullable SSLSession tlsSession() {
    return null;
  }
}
