package io.kqueueserver.ffi;

import org.jspecify.annotations.Nullable;

/**
 * The native binding cannot be had here: no such platform, library, ABI row or symbol. The message
 * says what would help.
 */
public final class NativeUnavailableException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public NativeUnavailableException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
