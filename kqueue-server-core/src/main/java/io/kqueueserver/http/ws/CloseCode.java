package io.kqueueserver.http.ws;

/** Status codes of a Close frame (RFC 6455 7.4) and the numbers that may stand in one. */
public final class CloseCode {
  public static final int NORMAL = 1000;
  public static final int GOING_AWAY = 1001;
  public static final int PROTOCOL_ERROR = 1002;
  public static final int UNSUPPORTED_DATA = 1003;

  /** Stands for a Close frame without a code. Never on the wire. */
  public static final int NO_STATUS_CODE = 1005;

  /** Stands for an end without a Close frame. Never on the wire. */
  public static final int ABNORMAL = 1006;

  /** Text that is no UTF-8, or data that cannot be inflated. */
  public static final int INVALID_DATA = 1007;

  public static final int POLICY_VIOLATION = 1008;
  public static final int TOO_BIG = 1009;
  public static final int INTERNAL_ERROR = 1011;
  public static final int SERVICE_RESTART = 1012;
  public static final int TRY_AGAIN_LATER = 1013;

  private CloseCode() {}

  /**
   * Whether the code may stand in a Close frame: those that RFC 6455 and the IANA registry define
   * for the wire (1012 to 1014 are of the registry), 3000 to 3999 for libraries, 4000 to 4999 for
   * applications.
   */
  public static boolean isValidOnWire(int code) {
    return (code >= NORMAL && code <= UNSUPPORTED_DATA)
        || (code >= INVALID_DATA && code <= 1014)
        || (code >= 3000 && code <= 4999);
  }
}
