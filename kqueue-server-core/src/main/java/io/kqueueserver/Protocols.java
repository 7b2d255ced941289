package io.kqueueserver;

import io.kqueueserver.http.h2.Http2Options;
import io.kqueueserver.net.FileOpener;
import io.kqueueserver.net.LoopResources;
import io.kqueueserver.server.ExchangeContext;
import io.kqueueserver.server.Protocol;
import io.kqueueserver.server.ServerOptions;
import io.kqueueserver.server.h1.Http1Context;
import io.kqueueserver.server.h1.Http1Protocol;
import io.kqueueserver.server.h2.Http2Context;
import io.kqueueserver.server.h2.Http2Protocol;
import java.util.ArrayList;
import java.util.List;

/** The protocols that a server speaks on one loop, in order of preference. */
final class Protocols {
  private Protocols() {}

  /** HTTP/2 if it is wanted; HTTP/1, which is last, takes what is no other. */
  static List<Protocol> of(
      ExchangeContext exchanges, ServerOptions options, LoopResources resources) {
    List<Protocol> protocols = new ArrayList<>();
    Http2Options http2 = options.http2();
    if (http2 != null) {
      FileOpener opener = new FileOpener(resources.sockets());
      protocols.add(
          new Http2Protocol(
              new Http2Context(
                  exchanges,
                  options,
                  http2,
                  false,
                  resources.loop(),
                  resources.fileWorker(),
                  opener)));
    }
    protocols.add(new Http1Protocol(new Http1Context(exchanges, options, List.of())));
    return protocols;
  }
}
