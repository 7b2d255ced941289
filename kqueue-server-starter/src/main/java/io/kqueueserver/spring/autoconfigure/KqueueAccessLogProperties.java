package io.kqueueserver.spring.autoconfigure;

import io.kqueueserver.spring.accesslog.AccessLogOptions;
import java.io.File;
import org.jspecify.annotations.Nullable;
import org.springframework.util.unit.DataSize;

/** Settings of the access log. */
public class KqueueAccessLogProperties {
  /** Whether a line is written for each request. */
  private boolean enabled = false;

  /**
   * Pattern of a line: common, combined, json, or text with Tomcat's letters, such as %h "%r" %s
   * %D.
   */
  private String pattern = "common";

  /** File to append to. Without a file, lines go to the logger. */
  private @Nullable File file;

  /** Size beyond which the file is rolled over. A negative value means no limit. */
  private DataSize maxFileSize = DataSize.ofBytes(-1);

  /** Whether the first line of a day rolls the file over. */
  private boolean rotateDaily = false;

  /** Number of rolled files to keep. Zero or less means all of them. */
  private int maxHistory = 30;

  /** Name of the logger that gets the lines at INFO if there is no file. */
  private String logger = "kqueue.server.access-log";

  /** Maximum number of records that wait to be written. More are dropped and counted. */
  private int queueCapacity = 8192;

  /** Prefix of the file's name for a management server on a port of its own. */
  private String managementPrefix = "management_";

  public boolean isEnabled() {
    return enabled;
  }

  public void setEnabled(boolean enabled) {
    this.enabled = enabled;
  }

  public String getPattern() {
    return pattern;
  }

  public void setPattern(String pattern) {
    this.pattern = pattern;
  }

  public @Nullable File getFile() {
    return file;
  }

  public void setFile(@Nullable File file) {
    this.file = file;
  }

  public DataSize getMaxFileSize() {
    return maxFileSize;
  }

  public void setMaxFileSize(DataSize maxFileSize) {
    this.maxFileSize = maxFileSize;
  }

  public boolean isRotateDaily() {
    return rotateDaily;
  }

  public void setRotateDaily(boolean rotateDaily) {
    this.rotateDaily = rotateDaily;
  }

  public int getMaxHistory() {
    return maxHistory;
  }

  public void setMaxHistory(int maxHistory) {
    this.maxHistory = maxHistory;
  }

  public String getLogger() {
    return logger;
  }

  public void setLogger(String logger) {
    this.logger = logger;
  }

  public int getQueueCapacity() {
    return queueCapacity;
  }

  public void setQueueCapacity(int queueCapacity) {
    this.queueCapacity = queueCapacity;
  }

  public String getManagementPrefix() {
    return managementPrefix;
  }

  public void setManagementPrefix(String managementPrefix) {
    this.managementPrefix = managementPrefix;
  }

  /** The options of the access log, or null if it is disabled. */
  @Nullable AccessLogOptions toOptions() {
    return enabled
        ? new AccessLogOptions(
            pattern,
            file == null ? null : file.toPath(),
            maxFileSize.toBytes(),
            rotateDaily,
            maxHistory,
            logger,
            queueCapacity)
        : null;
  }
}
