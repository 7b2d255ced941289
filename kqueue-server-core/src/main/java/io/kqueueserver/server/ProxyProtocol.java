package io.kqueueserver.server;

/** Whether connections begin with a header of the PROXY protocol, version 1 or 2. */
public enum ProxyProtocol {
  /** No connection does: such a header is a malformed request. */
  OFF,
  /** Every connection must come from a trusted proxy and begin with a header, or is closed. */
  ON,
  /** Connections of trusted proxies may. Every other peer is a client. */
  AUTO
}
