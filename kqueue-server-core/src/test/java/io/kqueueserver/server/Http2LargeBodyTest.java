package io.kqueueserver.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.KqueueServer;
import io.kqueueserver.build.ChildJvm;
import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeListener;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.Headers;
import io.kqueueserver.http.h2.Http2Options;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** A gibibyte up and one down over HTTP/2, in a JVM whose heap holds a sixteenth of one. */
class Http2LargeBodyTest {
  private static final long BYTES = 1L << 30;
  private static final int PIECE = 64 * 1024;

  @Test
  void bodiesThatNoHeapCouldHoldPassBothWays() throws Exception {
    OpenSsl.require("curl");
    ChildJvm.Result child = ChildJvm.ofThisJdk().options("-Xmx64m").run(Main.class);
    assertThat(child.err()).doesNotContain("OutOfMemoryError");
    assertThat(child.out()).endsWith("up " + BYTES + ", down " + BYTES + "\n");
  }

  /** The server, and the command lines that are its clients. */
  static final class Main {
    public static void main(String[] arguments) throws Exception {
      KqueueServer server =
          KqueueServer.builder()
              .port(0)
              .loops(1)
              .http2(Http2Options.DEFAULTS)
              .handler(exchange -> serve(exchange))
              .build();
      server.start();
      String curl = "curl -sS --noproxy '*' --http2-prior-knowledge ";
      String url = "http://127.0.0.1:" + server.port() + "/";
      String zeros = "head -c " + BYTES + " /dev/zero | ";
      String up = OpenSsl.run("", "sh", "-c", zeros + curl + "-T - " + url + "up");
      String count = "-o /dev/null -w '%{size_download}' ";
      String down = OpenSsl.run("", "sh", "-c", curl + count + url + "down");
      server.stop();
      System.out.println("up " + up + ", down " + down);
    }

    private static void serve(Exchange exchange) {
      if (exchange.request().path().equals("/up")) {
        exchange.listener(new Counter(exchange));
        exchange.demand(Long.MAX_VALUE);
      } else {
        Source source = new Source(exchange);
        exchange.listener(source);
        exchange.respond(200, HeaderSource.NONE, BYTES);
        source.onWritable();
      }
    }
  }

  private static final class Counter implements ExchangeListener {
    private final Exchange exchange;
    private long count;

    Counter(Exchange exchange) {
      this.exchange = exchange;
    }

    @Override
    public void onBody(ByteBuffer data) {
      count += data.remaining();
    }

    @Override
    public void onBodyComplete(Headers trailers) {
      ServerExtension.answer(exchange, 200, String.valueOf(count));
    }
  }

  private static final class Source implements ExchangeListener {
    private final Exchange exchange;
    private final ByteBuffer zeros = ByteBuffer.allocateDirect(PIECE);
    private long left = BYTES;

    Source(Exchange exchange) {
      this.exchange = exchange;
    }

    @Override
    public void onWritable() {
      while (left > 0 && exchange.isWritable()) {
        exchange.write(zeros.duplicate(), () -> {});
        left -= PIECE;
      }
      if (left == 0) {
        left = -1;
        exchange.finish();
      }
    }
  }
}
