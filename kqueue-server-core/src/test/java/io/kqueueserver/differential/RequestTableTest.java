package io.kqueueserver.differential;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.KqueueServer;
import io.kqueueserver.RunningServer;
import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeListener;
import io.kqueueserver.http.Headers;
import io.kqueueserver.http.RequestHead;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** This server reads every stream of the table as it is written there, and gives all back. */
@Timeout(60)
class RequestTableTest {
  private static final byte[] ANSWER = {'o', 'k'};

  private final KqueueServer server =
      KqueueServer.builder().port(0).loops(1).handler(RequestTableTest::show).build();

  @BeforeEach
  void start() {
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop();
  }

  private static void show(Exchange exchange) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    exchange.listener(
        new ExchangeListener() {
          @Override
          public void onBody(ByteBuffer data) {
            while (data.hasRemaining()) {
              body.write(data.get());
            }
          }

          @Override
          public void onBodyComplete(Headers trailers) {
            RequestHead head = exchange.request();
            String read =
                Reading.show(head.method(), head.path(), head.authority(), body.toByteArray());
            int status = head.method().equals("CONNECT") ? 405 : 200;
            exchange.respond(status, sink -> sink.field(Reading.FIELD, read), ANSWER.length);
            exchange.write(ByteBuffer.wrap(ANSWER), null);
            exchange.finish();
          }
        });
    exchange.demand(Long.MAX_VALUE);
  }

  @Test
  void everyStreamIsReadAsTheTableSays() throws IOException {
    List<String> others = new ArrayList<>();
    for (RequestRow row : RequestRow.all()) {
      String reading = Reading.ofHalfClosed(server.port(), row.octets()).toString();
      if (!reading.equals(row.expected())) {
        others.add(row + "\n  is read " + reading + "\n  and not " + row.expected());
      }
    }
    assertThat(others).isEmpty();
    RunningServer running = Objects.requireNonNull(server.running());
    await().until(() -> running.activeExchanges() == 0 && running.heldBytes() == 0);
  }

  @Test
  void everyRowHasItsOwnName() {
    Set<String> names = new HashSet<>();
    assertThat(RequestRow.all()).hasSizeGreaterThan(500).allMatch(row -> names.add(row.toString()));
  }
}
