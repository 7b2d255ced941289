package io.kqueueserver.spring.accesslog;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What an access log says, and where. Immutable.
 *
 * @param pattern {@code common}, {@code combined}, {@code json}, or literal text with Tomcat's
 *     letters
 * @param file where to; null for the logger
 * @param maxFileBytes a file that would grow beyond is rolled over; 0 or less for never
 * @param rotateDaily whether the first line of a day rolls the file over
 * @param maxHistory rolled files to keep; 0 or less for all
 * @param logger name of the logger that is told at INFO where there is no file
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
   * Checks the bounds; the pattern is checked by {@link AccessLog}.
   *
   * @throws IllegalArgumentException naming the property and its value
   */
  public AccessLogOptions {
    if (queueCapacity < 1) {
      throw new IllegalArgumentException(
          "kqueue.server.access-log.queue-capacity is " + queueCapacity + "; it must be 1 or more");
    }
  }

  /** The same for another server of this application, beside ours and told apart from it. */
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
