package io.kqueueserver.actuate;

import org.springframework.boot.context.properties.ConfigurationProperties;

/** What the kqueue endpoint may do, besides being read. */
@ConfigurationProperties("kqueue.server.endpoint")
public class KqueueEndpointOperations {
  /**
   * Whether the kqueue endpoint closes connections on request. It needs
   * management.endpoint.kqueue.access=unrestricted, too.
   */
  private boolean closeConnections;

  public boolean isCloseConnections() {
    return closeConnections;
  }

  public void setCloseConnections(boolean closeConnections) {
    this.closeConnections = closeConnections;
  }
}
