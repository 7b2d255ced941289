package io.kqueueserver.stats;

/** The effect of a connection's close on an exchange that was under way. */
public enum ExchangeLoss {
  PEER_CLOSED("the client closed the connection"),
  /** In the words that Spring's DisconnectedClientHelper knows. */
  PEER_RESET("Connection reset by peer"),
  PEER_SILENT("the client was silent for too long"),
  PEER_BLOCKED("the client took no byte for too long"),
  MALFORMED("malformed request"),
  LIMIT("a limit was crossed"),
  SERVER_STOPPED("the server is stopping"),
  CLOSED_BY_SERVER("the connection was closed by the server");

  private final String text;

  ExchangeLoss(String text) {
    this.text = text;
  }

  /** The message that the application gets. */
  public String text() {
    return text;
  }
}
