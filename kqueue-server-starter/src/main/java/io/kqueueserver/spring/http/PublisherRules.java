package io.kqueueserver.spring.http;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * The rules of Reactive Streams that a body publisher of an application can break, by the numbers
 * of the specification. Each breach is logged once. A breach before the end of the body also ends
 * the exchange, by an error with the same text.
 */
enum PublisherRules {
  DEMAND("1.1", "it sent more items than were requested"),
  SERIAL("1.3", "it signalled from two threads at once"),
  END("1.7", "it signalled after its end"),
  SUBSCRIBE("1.9", "it signalled before onSubscribe"),
  RETURN("1.9", "its subscribe method threw"),
  ONE_SUBSCRIPTION("2.12", "it called onSubscribe twice"),
  NOT_NULL("2.13", "it signalled null"),
  CANCEL("3.15", "cancel of its subscription threw"),
  REQUEST("3.16", "request of its subscription threw");

  private static final Log logger = LogFactory.getLog(HttpHandlerAdapter.class);

  private final String number;
  private final String breach;

  PublisherRules(String number, String breach) {
    this.number = number;
    this.breach = breach;
  }

  /** Logs the breach and returns the error that ends the body. */
  IllegalStateException broken(Object publisher, @Nullable Throwable cause) {
    IllegalStateException error = new IllegalStateException(text(publisher), cause);
    logger.warn(error.getMessage(), cause);
    return error;
  }

  /** Logs a breach after the end of the body, which changes nothing. */
  void ignored(Object publisher, @Nullable Throwable cause) {
    logger.warn(text(publisher) + "; ignored", cause);
  }

  private String text(Object publisher) {
    return "Body publisher "
        + publisher.getClass().getName()
        + " breaks rule "
        + number
        + " of Reactive Streams: "
        + breach;
  }
}
