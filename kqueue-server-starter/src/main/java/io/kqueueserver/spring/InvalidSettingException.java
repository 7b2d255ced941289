package io.kqueueserver.spring;

/** Thrown if the value of a configuration key is not one that the key may have. */
public final class InvalidSettingException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  private final String key;
  private final String value;
  private final String allowed;

  /**
   * @param key the key, in the form of the documentation
   * @param value the value that was set
   * @param allowed the values that the key may have, worded to end the sentence "It must be ..."
   */
  public InvalidSettingException(String key, Object value, String allowed) {
    super(key + " is '" + value + "'; it must be " + allowed);
    this.key = key;
    this.value = value.toString();
    this.allowed = allowed;
  }

  /** The key, in the form of the documentation. */
  public String key() {
    return key;
  }

  /** The value that was set. */
  public String value() {
    return value;
  }

  /** The values that the key may have, worded to end the sentence "It must be ...". */
  public String allowed() {
    return allowed;
  }
}
