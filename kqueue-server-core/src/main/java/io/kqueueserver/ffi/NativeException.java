package io.kqueueserver.ffi;

/** A system call failed. Says which call, on what, and why. */
public final class NativeException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final String call;
  private final String subject;
  private final int errno;
  private final String errnoName;

  /**
   * @param call the function's man-page name
   * @param subject what it was applied to: {@code 0.0.0.0:8080}, {@code fd 42}
   * @param errno the system's number
   */
  public NativeException(String call, String subject, int errno, Errno errnos) {
    super(call + "(" + subject + "): " + errnos.describe(errno));
    this.call = call;
    this.subject = subject;
    this.errno = errno;
    this.errnoName = errnos.name(errno);
  }

  public String call() {
    return call;
  }

  public String subject() {
    return subject;
  }

  /** The number, as the bound system counts. */
  public int errno() {
    return errno;
  }

  /** For example {@code EADDRINUSE}: the portable thing to compare. */
  public String errnoName() {
    return errnoName;
  }
}
