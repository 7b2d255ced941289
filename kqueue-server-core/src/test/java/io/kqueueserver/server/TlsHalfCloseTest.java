package io.kqueueserver.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.build.TlsFixture;
import io.kqueueserver.http.ByteStream;
import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.StreamHandler;
import io.kqueueserver.stats.TlsFailure;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The client's close_notify within a stream after a switch, by the version of TLS. */
@Timeout(30)
class TlsHalfCloseTest {
  @RegisterExtension
  final ServerExtension server = ServerExtension.with(builder -> builder.tls(keys()).loops(1));

  SSLContext keys() {
    return TlsFixture.server();
  }

  private String lastWord = "too late";
  private final BlockingQueue<String> received = new LinkedBlockingQueue<>();
  private final BlockingQueue<Optional<ExchangeException>> ends = new LinkedBlockingQueue<>();

  /** Answers the end of the peer's side with bytes, and with the end of its own. */
  private class LastWord implements StreamHandler {
    private @Nullable ByteStream stream;

    @Override
    public void onOpen(ByteStream opened) {
      stream = opened;
    }

    @Override
    public void onBytes(ByteBuffer data) {
      received.add(StandardCharsets.US_ASCII.decode(data).toString());
    }

    @Override
    public void onInputEnd() {
      received.add("end");
      ByteStream open = Objects.requireNonNull(stream);
      open.write(ByteBuffer.wrap(lastWord.getBytes(StandardCharsets.US_ASCII)), null);
      open.finish();
    }

    @Override
    public void onEnd(@Nullable ExchangeException cause) {
      ends.add(Optional.ofNullable(cause));
    }
  }

  private TlsPipe switched(String version) throws Exception {
    return switched(version, new LastWord());
  }

  private TlsPipe switched(String version, StreamHandler handler) throws Exception {
    server.on("/up", exchange -> exchange.switchTo(sink -> {}, handler));
    TlsPipe pipe = new TlsPipe(TlsFixture.client(), server.port(), version);
    pipe.handshake();
    String head = "GET /up HTTP/1.1\r\nHost: t\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n";
    pipe.records(head.getBytes(StandardCharsets.US_ASCII), head.length());
    pipe.readTo("\r\n\r\n");
    pipe.clear();
    return pipe;
  }

  @Test
  void ofTls13EndsOneSideAndTheOtherGoesOn() throws Exception {
    try (TlsPipe pipe = switched("TLSv1.3")) {
      pipe.lastWords("bye");
      assertThat(pipe.readAll()).isEqualTo("too late");
      assertThat(received.take() + received.take()).isEqualTo("byeend");
      assertThat(ends.take()).as("no cause").isEmpty();
    }
  }

  /** RFC 5246 7.2.1: close_notify is answered with another, and pending writes are discarded. */
  @Test
  void ofTls12EndsBothSidesAndLaterBytesAreLost() throws Exception {
    assertEndsBothSides("TLSv1.2");
  }

  final void assertEndsBothSides(String version) throws Exception {
    try (TlsPipe pipe = switched(version)) {
      pipe.lastWords("bye");
      assertThat(pipe.readAll()).isEmpty();
      assertThat(pipe.endsWithCloseNotify()).isTrue();
      assertThat(pipe.isClosedByServer()).isTrue();
      assertThat(received.take() + received.take()).isEqualTo("byeend");
      assertThat(ends.take()).as("a cause, as bytes were lost").isPresent();
      assertThat(server.sum(stats -> stats.tls.failures(TlsFailure.BAD_RECORD))).isZero();
    }
  }

  @Test
  void ofTls13TheClientGoesOnAfterTheServersCloseNotify() throws Exception {
    StreamHandler first =
        new LastWord() {
          @Override
          public void onOpen(ByteStream opened) {
            super.onOpen(opened);
            opened.finish();
          }
        };
    try (TlsPipe pipe = switched("TLSv1.3", first)) {
      pipe.readAll();
      for (String text : new String[] {"still here", "and now"}) {
        pipe.records(text.getBytes(StandardCharsets.US_ASCII), text.length());
        assertThat(received.take()).isEqualTo(text);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void aRequestBeforeItIsAnswered(String version) throws Exception {
    server.on("/a", exchange -> ServerExtension.answer(exchange, 200, "alpha"));
    try (TlsPipe pipe = new TlsPipe(TlsFixture.client(), server.port(), version)) {
      pipe.handshake();
      pipe.lastWords("GET /a HTTP/1.1\r\nHost: t\r\n\r\n");
      assertThat(pipe.readAll()).contains("200", "alpha");
    }
  }

  @Test
  void ofTls12IsAnOrderlyEndWhereNothingIsWrittenAfterwards() throws Exception {
    lastWord = "";
    try (TlsPipe pipe = switched("TLSv1.2")) {
      pipe.lastWords("bye");
      assertThat(pipe.readAll()).isEmpty();
      assertThat(pipe.endsWithCloseNotify()).isTrue();
      assertThat(pipe.isClosedByServer()).isTrue();
      assertThat(ends.take()).as("no cause").isEmpty();
    }
  }
}
