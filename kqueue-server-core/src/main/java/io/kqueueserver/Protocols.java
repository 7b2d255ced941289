package io.kqueueserver;

import io.kqueueserver.http.h2.Http2Options;
import io.kqueueserver.net.FileOpener;
import io.kqueueserver.net.LoopResources;
import io.kqueueserver.server.ExchangeContext;
import io.kqueueserver.server.Protocol;
import io.kqueueserver.server.ProxyProtocol;
import io.kqueueserver.server.ServerOptions;
import io.kqueueserver.server.Upgrade;
import io.kqueueserver.server.h1.Http1Context;
import io.kqueueserver.server.h1.Http1Protocol;
import io.kqueueserver.server.h2.H2cUpgrade;
import io.kqueueserver.server.h2.Http2Context;
import io.kqueueserver.server.h2.Http2Protocol;
import java.util.List;

/** The protocols that a server speaks on one loop, in order of preference. */
final class Protocols {
  private Protocols() {}

  /**
   * HTTP/2 if its options are not null, then HTTP/1, which takes every connection that is of no
   * other protocol.
   */
  static List<Protocol> of(
      ExchangeContext exchanges, ServerOptions options, LoopResources resources) {
    Http2Options http2 = options.http2();
    if (http2 == null) {
      return List.of(new Http1Protocol(new Http1Context(exchanges, options, List.of())));
    }
    Http2Context context =
        new Http2Context(exchanges, options, http2, resources, new FileOpener(resources.sockets()));
    boolean proxied = options.proxy().protocol() != ProxyProtocol.OFF;
    List<Upgrade> upgrades =
        http2.upgrade() ? List.of(new H2cUpgrade(context, proxied)) : List.of();
    return List.of(
        new Http2Protocol(context),
        new Http1Protocol(new Http1Context(exchanges, options, upgrades)));
  }
}
