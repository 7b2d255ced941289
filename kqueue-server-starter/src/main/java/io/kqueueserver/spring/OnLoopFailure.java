package io.kqueueserver.spring;

/** What becomes of the application when the event loops of its server have failed for good. */
public enum OnLoopFailure {
  /**
   * The web server stops. The application goes on, with its liveness broken, until the process is
   * ended from outside.
   */
  STOP,
  /**
   * The application context is closed, with an {@code ExitCodeGenerator}. Listeners of the {@code
   * ExitCodeEvent} may end the process.
   */
  EXIT
}
