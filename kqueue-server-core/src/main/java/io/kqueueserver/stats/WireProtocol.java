package io.kqueueserver.stats;

/** The protocol of a connection. */
public enum WireProtocol {
  /** Its first bytes have not been seen yet. */
  UNDECIDED("undecided"),
  HTTP_1("http/1.1"),
  HTTP_2("http/2"),
  /** Switched by {@code Upgrade} or CONNECT to something this server does not know. */
  UPGRADED("upgraded");

  private final String label;

  WireProtocol(String label) {
    this.label = label;
  }

  /** The name of the protocol in metrics and the endpoint. */
  public String label() {
    return label;
  }
}
