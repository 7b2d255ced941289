package io.kqueueserver.spring;

import io.kqueueserver.server.ServerListener;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * The reaction to a handover of the listening sockets: closes the application, as SIGTERM does. The
 * graceful shutdown waits for requests that run, and the JVM ends with the last thread.
 */
final class HandoverReaction implements ServerListener {
  private static final Log logger = LogFactory.getLog(HandoverReaction.class);

  private final @Nullable ApplicationContext context;

  /**
   * Makes the reaction for one web server.
   *
   * @param context the context of the web server; null if there is none
   */
  HandoverReaction(@Nullable ApplicationContext context) {
    this.context = context;
  }

  @Override
  public void onHandedOver() {
    if (context instanceof ConfigurableApplicationContext closed) {
      logger.info("Another process serves the listening sockets: the application is closed");
      // No daemon, so that the JVM does not end before the last bean has.
      new Thread(closed::close, "kqueue-handed-over").start();
    }
  }
}
