package io.kqueueserver.spring.accesslog;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The pattern and the destination of an access log. Immutable.
 *
 * @param pattern {@code common}, {@code combined}, {@code json}, or literal text with Tomcat's
 *     letters
 * @param file the file to append to; null for the logger
 * @param maxFileBytes the size beyond which the file is rolled over; 0 or less for no limit
 * @param rotateDaily whether the first line of a day rolls the file over
 * @param maxHistory rolled files to keep; 0 or less for all
 * @param logger name of the logger that gets the lines at INFO if there is no file
 * @param queueCapacity records that may wait to be written; more are dropped and counted
 */
public record AccessLogOptions(
    String pattern,
    @Nullable Path file,
    long maxFileBytes,
    boolean rotateDaily,
    int maxHistory,
    String logger,
    int queueCapacity) {
  public static final AccessLogOptions DEFAULTS =
      new AccessLogOptions("common", null, -1, false, 30, "kqueue.server.access-log", 8192);

  /**
   * Checks the bounds. {@link AccessLog} checks the pattern.
   *
   * @throws IllegalArgumentException if a value is out of bounds; the message names the property
   */
  public AccessLogOptions {
    if (queueCapacity < 1) {
      throw new IllegalArgumentException(
          "kqueue.server.access-log.queue-capacity is " + queueCapacity + "; it must be 1 or more");
    }
  }

  /**
   * These options for another server of the application.
   *
   * @param server the suffix of the logger's name
   * @param filePrefix the prefix of the file's name; the folder is the same
   */
  public AccessLogOptions of(String server, String filePrefix) {
    return new AccessLogOptions(
        pattern,
        file == null ? null : file.resolveSibling(filePrefix + file.getFileName()),
        maxFileBytes,
        rotateDaily,
        maxHistory,
        logger + "." + server,
        queueCapacity);
  }
}
