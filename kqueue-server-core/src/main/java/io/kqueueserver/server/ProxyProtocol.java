package io.kqueueserver.server;

/** Whether connections begin with a header of the PROXY protocol, version 1 or 2. */
public enum ProxyProtocol {
  /** None does: such a header is a malformed request. */
  OFF,
  /** Every connection must, and come from a trusted proxy; it is closed otherwise. */
  ON,
  /** Those of trusted proxies may; everybody else is a client that speaks for itself. */
  AUTO
}
