package io.kqueueserver;

import io.kqueueserver.http.ExchangeHandler;
import io.kqueueserver.http.Limits;
import io.kqueueserver.server.ServerOptions;
import java.net.InetAddress;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP server on kqueue event loops. Made by {@link #builder()}; may be started, stopped and started
 * again. All methods may be called from any thread but its own loops, and close twice is a no-op.
 */
public final class KqueueServer {
  private final ServerOptions options;

  private KqueueServer(ServerOptions options) {
    this.options = options;
  }

  public static Builder builder() {
    return new Builder();
  }

  /**
   * Binds and serves; returns when connections are accepted. Does nothing if it is running. If it fails, nothing is left behind and it may be tried again.
   *
   * @throws io.kqueueserver.ffi.NativeException naming call, address and errno if the port cannot be had
   */
  public void start() {
    throw new UnsupportedOperationException();
  }

  /** Stops at once: open exchanges are broken off; all descriptors and threads are gone on return. Does nothing if it is not running. */
  public void stop() {
    throw new UnsupportedOperationException();
  }

  /**
   * Stops accepting, closes idle connections, and answers running exchanges with {@code Connection:
   * close}. Returns at once; {@code whenIdle} runs once, on any thread, when the last exchange has
   * ended or {@link #stop()} came first.
   */
  public void drain(Runnable whenIdle) {
    throw new UnsupportedOperationException();
  }

  /** Exchanges between their head and the last byte of their response. */
  public int activeExchanges() {
    throw new UnsupportedOperationException();
  }

  /** The bound TCP port; -1 while not listening. */
  public int port() {
    throw new UnsupportedOperationException();
  }

  public ServerOptions options() {
    return options;
  }

  /** Collects options; each default is that of {@link ServerOptions#DEFAULTS}. */
  public static final class Builder {
    private ServerOptions options = ServerOptions.DEFAULTS;

    private Builder() {}

    /** TCP port; 0 for one the system picks. */
    public Builder port(int port) {
      options = options.withPort(port);
      return this;
    }

    /** Address to bind; null for all, IPv6 and IPv4. */
    public Builder address(@Nullable InetAddress address) {
      options = options.withAddress(address);
      return this;
    }

    public Builder options(ServerOptions options) {
      this.options = Objects.requireNonNull(options);
      return this;
    }

    public Builder limits(Limits limits) {
      options = options.withLimits(limits);
      return this;
    }

    public Builder handler(ExchangeHandler handler) {
      options = options.withHandler(handler);
      return this;
    }

    public KqueueServer build() {
      return new KqueueServer(options);
    }
  }
}
