package io.kqueueserver.spring;

/** The value of a configuration key is not one of those the key may have. */
public final class InvalidSettingException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  private final String key;
  private final String value;
  private final String allowed;

  /**
   * @param key the key, in the form of the documentation
   * @param value its value, as it was set
   * @param allowed what the value may be, as in "It must be {allowed}"
   */
  public InvalidSettingException(String key, Object value, String allowed) {
    super(key + " is '" + value + "'; it must be " + allowed);
    this.key = key;
    this.value = value.toString();
    this.allowed = allowed;
  }

  /** The key. */
  public String key() {
    return key;
  }

  /** Its value. */
  public String value() {
    return value;
  }

  /** What the value may be. */
  public String allowed() {
    return allowed;
  }
}
