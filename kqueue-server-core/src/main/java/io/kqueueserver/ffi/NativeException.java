package io.kqueueserver.ffi;

import org.jspecify.annotations.Nullable;

/** A system call failed. Says which call, on what, and why. */
public final class NativeException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final String call;
  private final String subject;
  private final int errno;
  private final String errnoName;
  private final @Nullable String problem;
  private final @Nullable String remedy;

  /**
   * @param call the function's man-page name
   * @param subject what it was applied to: {@code 0.0.0.0:8080}, {@code fd 42}
   * @param errno the system's number
   */
  public NativeException(String call, String subject, int errno, Errno errnos) {
    this(call, subject, errno, errnos.name(errno));
  }

  private NativeException(String call, String subject, int errno, String errnoName) {
    this(call, subject, errno, errnoName, ErrnoMeaning.of(call, subject, errnoName));
  }

  private NativeException(
      String call, String subject, int errno, String errnoName, ErrnoMeaning meaning) {
    super(call + "(" + subject + "): " + meaning.text(errnoName));
    this.call = call;
    this.subject = subject;
    this.errno = errno;
    this.errnoName = errnoName;
    this.problem = meaning.problem();
    this.remedy = meaning.remedy();
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

  /** The meaning of the error for this call; null if only its name is known. */
  public @Nullable String problem() {
    return problem;
  }

  /**
   * What to do about it, as an imperative without a full stop; null where nothing general helps.
   */
  public @Nullable String remedy() {
    return remedy;
  }
}
