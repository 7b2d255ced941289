package io.kqueueserver.spring;

import io.kqueueserver.server.ServerListener;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.ExitCodeGenerator;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.LivenessState;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ApplicationContext;

/**
 * The reaction to event loops that have failed for good. It publishes that the application is
 * broken, stops the web server, and closes the context if {@link OnLoopFailure} is to exit. A step
 * that throws does not keep the next step from running. The reaction runs on a thread of its own.
 */
final class FailureReaction implements ServerListener {
  private static final Log logger = LogFactory.getLog(FailureReaction.class);

  /** The exit code that the context is closed with: that of a process that failed. */
  static final int EXIT_CODE = 1;

  private final @Nullable ApplicationContext context;
  private final OnLoopFailure onLoopFailure;
  private @Nullable KqueueWebServer webServer;

  /**
   * Makes the reaction for one web server.
   *
   * @param context the context of the web server; null if there is none
   */
  FailureReaction(@Nullable ApplicationContext context, OnLoopFailure onLoopFailure) {
    this.context = context;
    this.onLoopFailure = onLoopFailure;
  }

  /** Sets the web server to stop; called before it is started. */
  void of(KqueueWebServer webServer) {
    this.webServer = webServer;
  }

  @Override
  public void onFailed(Throwable cause) {
    if (context != null) {
      ApplicationContext current = context;
      step(() -> AvailabilityChangeEvent.publish(current, cause, LivenessState.BROKEN));
      step(() -> AvailabilityChangeEvent.publish(current, cause, ReadinessState.REFUSING_TRAFFIC));
    }
    if (webServer != null) {
      step(webServer::fail);
    }
    if (context != null && onLoopFailure == OnLoopFailure.EXIT) {
      ApplicationContext closed = applicationOf(context);
      ExitCodeGenerator code = () -> EXIT_CODE;
      logger.error("The application is closed with exit code " + EXIT_CODE);
      step(() -> SpringApplication.exit(closed, code));
    }
  }

  /**
   * The context to close. The context of a management server is only a part of the application, so
   * its parent is closed.
   */
  private static ApplicationContext applicationOf(ApplicationContext context) {
    ApplicationContext parent = context.getParent();
    boolean isPart =
        context instanceof WebServerApplicationContext server
            && server.getServerNamespace() != null;
    return isPart && parent != null ? parent : context;
  }

  private static void step(Runnable step) {
    try {
      step.run();
    } catch (RuntimeException | Error e) {
      logger.error("After the event loops have failed: ", e);
    }
  }
}
