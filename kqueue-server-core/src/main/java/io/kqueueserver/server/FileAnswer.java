package io.kqueueserver.server;

import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.ExchangeException.Reason;
import io.kqueueserver.http.FileRegion;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.net.FileOpening;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The response of one exchange whose body is part of a file. The head is sent when the file is
 * open. The loop's thread only.
 */
final class FileAnswer implements FileOpening.Outcome {
  private final ExchangeCore exchange;
  private final int status;
  private final HeaderSource fields;
  private final long contentLength;
  private final long count;
  private final FileOpening opening;
  private boolean begun;

  FileAnswer(
      ExchangeCore exchange,
      ExchangeWire wire,
      int status,
      HeaderSource fields,
      long contentLength,
      FileRegion region,
      @Nullable Runnable done) {
    this.exchange = exchange;
    this.status = status;
    this.fields = fields;
    this.contentLength = contentLength;
    this.count = region.count();
    this.opening = wire.openFile(region, done, this);
  }

  /** Sends the response, now if the file is open already. */
  void begin() {
    try {
      exchange.end().atEnd(this::abandon);
    } catch (Throwable e) { // there may be no memory for it, and nothing else knows of the file
      opening.close();
      throw e;
    }
    if (opening.isOpen()) {
      opened();
    }
  }

  @Override
  public void opened() {
    if (exchange.isResponseEnded() || exchange.isCommitted()) {
      opening.close(); // another response was begun meanwhile
      return;
    }
    begun = true;
    try {
      exchange.respond(status, fields, contentLength);
      exchange.writeFile(opening, count);
      exchange.finish();
    } catch (Throwable e) {
      opening.close();
      exchange.reset(new ExchangeException(Reason.APPLICATION, "malformed response: " + e, e));
    }
  }

  @Override
  public void failed(IOException cause) {
    String message = String.valueOf(cause.getMessage());
    exchange.reset(new ExchangeException(Reason.APPLICATION, message, cause));
  }

  /** The exchange has ended. A file that is being sent goes on, as a reset sends written bytes. */
  private void abandon() {
    if (!begun) {
      opening.close();
    }
  }
}
