package io.kqueueserver.stats;

/** What is spoken on a connection. */
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

  /** How metrics and the endpoint name it. */
  public String label() {
    return label;
  }
}
