package io.kqueueserver.spring.accesslog;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

/** Logs each line at INFO. The configuration of the logger decides what becomes of it. */
final class LoggerSink implements AccessSink {
  private final String name;
  private final Log log;

  LoggerSink(String name) {
    this.name = name;
    this.log = LogFactory.getLog(name);
  }

  @Override
  public void write(CharSequence lines, long millis) {
    String all = lines.toString();
    int from = 0;
    for (int end = all.indexOf('\n'); end >= 0; end = all.indexOf('\n', from)) {
      log.info(all.substring(from, end));
      from = end + 1;
    }
  }

  @Override
  public void close() {}

  @Override
  public String name() {
    return "logger " + name;
  }
}
