package io.kqueueserver.http;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Part of a file.
 *
 * @param opened the file, opened by {@link Exchange#openNow}; null if it was not opened
 */
public record FileRegion(Path file, long position, long count, @Nullable OpenFile opened) {
  /** Part of a file that is not open. */
  public FileRegion(Path file, long position, long count) {
    this(file, position, count, null);
  }
}
