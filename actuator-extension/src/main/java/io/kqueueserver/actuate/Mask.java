package io.kqueueserver.actuate;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.SanitizableData;

/** Whether clients' addresses and request paths are shown or masked. */
enum Mask {
  SHOWN,
  MASKED;

  String of(String value) {
    return this == SHOWN ? value : SanitizableData.SANITIZED_VALUE;
  }

  @Nullable String ofNullable(@Nullable String value) {
    return value == null ? null : of(value);
  }
}
