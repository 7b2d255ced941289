package io.kqueueserver.spring;

/** What becomes of the application when the event loops of its server have failed for good. */
public enum OnLoopFailure {
  /**
   * The web server stops. The application goes on, with its liveness broken, until it is ended from
   * outside.
   */
  STOP,
  /**
   * The application context is closed, with an {@code ExitCodeGenerator}. The process is left to
   * listeners of the {@code ExitCodeEvent}.
   */
  EXIT
}
