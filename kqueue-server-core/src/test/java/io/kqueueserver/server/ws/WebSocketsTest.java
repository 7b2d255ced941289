package io.kqueueserver.server.ws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.ExchangeException.Reason;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.Headers;
import io.kqueueserver.http.HttpVersion;
import io.kqueueserver.http.RequestHead;
import io.kqueueserver.http.StreamHandler;
import io.kqueueserver.http.ws.Handshake;
import io.kqueueserver.http.ws.Opcode;
import io.kqueueserver.http.ws.WebSocketOptions;
import io.kqueueserver.loop.LoopThread;
import io.kqueueserver.stats.LoopStats;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Handshakes whose connection ends, or refuses, under them. */
class WebSocketsTest {
  private final LoopStats stats = new LoopStats();
  private final WebSockets server = new WebSockets(WebSocketOptions.DEFAULTS);
  private final LoopWebSockets loop = server.on(proxy(LoopThread.class, handler -> {}), stats);
  private final List<String> told = new ArrayList<>();

  private final class Told implements WebSocketListener {
    @Override
    public void onOpen() {
      told.add("open");
    }

    @Override
    public void onMessage(Opcode type, byte[] payload) {}

    @Override
    public void onClose(int code, String reason) {
      told.add("close " + code);
    }

    @Override
    public void onEnd() {
      told.add("end");
    }
  }

  /** Every method does nothing, but that of a switch, which does this with its handler. */
  private static <T> T proxy(Class<T> type, Consumer<StreamHandler> onSwitch) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> {
              if (method.getName().equals("switchTo")) {
                onSwitch.accept((StreamHandler) arguments[1]);
              }
              return method.getReturnType() == long.class
                  ? Long.valueOf(0)
                  : method.getReturnType() == boolean.class ? Boolean.TRUE : null;
            }));
  }

  private boolean open(Consumer<StreamHandler> onSwitch) {
    RequestHead head =
        new RequestHead() {
          @Override
          public String method() {
            return "CONNECT";
          }

          @Override
          public String path() {
            return "/";
          }

          @Override
          public String protocol() {
            return "websocket";
          }

          @Override
          public String authority() {
            return "t";
          }

          @Override
          public HttpVersion version() {
            return HttpVersion.HTTP_2;
          }

          @Override
          public Headers headers() {
            return Headers.EMPTY;
          }

          @Override
          public long contentLength() {
            return 0;
          }

          @Override
          public boolean expectsContinue() {
            return false;
          }
        };
    return loop.open(
        proxy(Exchange.class, onSwitch),
        Handshake.of(head, WebSocketOptions.DEFAULTS),
        null,
        HeaderSource.NONE,
        socket -> new Told());
  }

  @Test
  void aConnectionThatEndsUnderTheHandshakeIsToldAndLeavesNoSession() {
    ExchangeException gone = new ExchangeException(Reason.PEER_RESET, "gone");
    assertThat(open(handler -> handler.onEnd(gone))).isTrue();
    assertThat(told).containsExactly("close 1006", "end");
    assertThat(server.count()).isZero();
    assertThat(stats.webSocket.sessions).isZero();
  }

  @Test
  void aSwitchThatFailsLeavesNoSession() {
    IllegalStateException refused = new IllegalStateException("no switch");
    Throwable failure =
        catchThrowable(
            () ->
                open(
                    handler -> {
                      throw refused;
                    }));
    assertThat(failure).isSameAs(refused);
    assertThat(server.count()).isZero();
    assertThat(told).isEmpty();
  }
}
