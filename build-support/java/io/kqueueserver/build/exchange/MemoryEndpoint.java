package io.kqueueserver.build.exchange;

import io.kqueueserver.net.Endpoint;
import java.net.InetSocketAddress;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** Two addresses of a network for documentation (RFC 5737). */
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
