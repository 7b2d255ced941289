package io.kqueueserver.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.build.TlsFixture;
import io.kqueueserver.http.ws.ClientFrames;
import io.kqueueserver.http.ws.Opcode;
import io.kqueueserver.http.ws.Transcript;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketTimeoutException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import javax.net.ssl.SSLContext;

/**
 * What clients say on one connection each, over every protocol, to a server of {@link
 * MixedTraffic}; each finds out whether all was answered. An answer that is neither whole nor
 * visibly broken fails.
 */
final class ScarceTalks {
  /** One connection; returns whether all of it was answered whole. */
  @FunctionalInterface
  interface Talk {
    boolean isAnswered(int port);
  }

  /** The pieces of the body of {@code /later}. */
  static final List<String> LATER = List.of("few", "8".repeat(8_000), "20".repeat(10_000));

  private final boolean tls;
  private final SSLContext client;

  ScarceTalks(boolean tls) {
    this.tls = tls;
    this.client = tls ? TlsFixture.client() : null;
  }

  /** By name, those of the kinds of {@link MixedTraffic} first. */
  Map<String, Talk> all() {
    Map<String, Talk> talks = new LinkedHashMap<>();
    for (MixedTraffic.Kind kind : MixedTraffic.Kind.values()) {
      talks.put(
          kind.name(),
          port -> MixedTraffic.connection(() -> connect(port), new Random(1), kind) == 1);
    }
    talks.put("PIPELINED", this::pipelined);
    talks.put("LATER", this::later);
    talks.put("GZIP", this::gzip);
    talks.put("WEBSOCKET", port -> webSocket(port, ""));
    talks.put("WEBSOCKET_DEFLATED", port -> webSocket(port, WebSocketPeer.DEFLATE + "\r\n"));
    talks.put("HTTP2", this::http2);
    talks.put("HTTP2_LARGE", port -> http2Large(port));
    return talks;
  }

  WirePeer connect(int port) {
    return tls ? WirePeer.on(TlsFixture.connect(client, port)) : WirePeer.connect(port);
  }

  private boolean pipelined(int port) {
    return seen(
        () -> {
          try (WirePeer peer = connect(port)) {
            peer.send("GET /a HTTP/1.1\r\nHost: t\r\n\r\n".repeat(20));
            for (int i = 0; i < 20; i++) {
              if (!peer.response().body().equals("a")) {
                return false;
              }
            }
            return true;
          }
        });
  }

  private boolean later(int port) {
    return seen(
        () -> {
          try (WirePeer peer = connect(port)) {
            WirePeer.Response response = peer.get("/later").response();
            if (response.status() >= 500) {
              return false;
            }
            assertThat(response.body()).isEqualTo(String.join("", LATER) + "[x-end: true]");
            return true;
          }
        });
  }

  private boolean gzip(int port) {
    return seen(
        () -> {
          try (WirePeer peer = connect(port)) {
            peer.send("GET /large HTTP/1.1\r\nHost: t\r\nAccept-Encoding: gzip\r\n\r\n");
            WirePeer.Response response = peer.response();
            if (response.status() != 200) {
              return false;
            }
            assertThat(response.has("content-encoding: gzip")).isTrue();
            byte[] coded = response.body().getBytes(ISO_8859_1);
            byte[] body = new GZIPInputStream(new ByteArrayInputStream(coded)).readAllBytes();
            assertThat(new String(body, ISO_8859_1).equals(MixedTraffic.LARGE)).isTrue();
            return true;
          }
        });
  }

  private boolean webSocket(int port, String fields) {
    return seen(
        () -> {
          try (WirePeer wire = connect(port)) {
            WirePeer.Response response =
                wire.send(WebSocketPeer.OFFER + fields + "\r\n").response();
            if (response.status() != 101) {
              return false;
            }
            WebSocketPeer peer = WebSocketPeer.on(wire);
            String text = "hello".repeat(100);
            peer.send(
                ClientFrames.text(text),
                ClientFrames.frame(ClientFrames.TEXT, "fra"),
                ClientFrames.frame(ClientFrames.PING, "p"),
                ClientFrames.frame(ClientFrames.FIN, "gment"));
            List<String> wanted =
                List.of(
                    Transcript.show(Opcode.TEXT, ClientFrames.utf8(text)),
                    "PONG p",
                    "TEXT fragment");
            for (int i = 0; i < wanted.size(); i++) {
              String came = peer.next();
              if (came.matches("END|RESET|CLOSE .*")) {
                return false;
              }
              assertThat(came).isIn(wanted); // the Pong may overtake
            }
            return peer.send(ClientFrames.close(1000, "")).next().equals("CLOSE 1000");
          }
        });
  }

  private Http2Peer h2(int port) {
    return tls ? Http2Peer.on(WirePeer.on(Http2Peer.h2(client, port))) : Http2Peer.clear(port);
  }

  /** Small requests and one with a body, several at once. */
  private boolean http2(int port) {
    return seen(
        () -> {
          try (Http2Peer peer = h2(port)) {
            peer.start();
            peer.get(1, "/a", "x-one: " + "1".repeat(50)).post(3, "/echo").get(5, "/a");
            peer.send(Http2Peer.data(3, false, "bo".getBytes(ISO_8859_1)));
            peer.send(Http2Peer.data(3, true, "dy".getBytes(ISO_8859_1)));
            peer.get(7, "/file").get(9, "/later");
            List<Boolean> right =
                List.of(
                    isRight(peer.answer(1), "a"),
                    isRight(peer.answer(3), "body"),
                    isRight(peer.answer(5), "a"),
                    isRight(peer.answer(7), MixedTraffic.LARGE),
                    isRight(peer.answer(9), String.join("", LATER)));
            return !right.contains(false);
          }
        });
  }

  private boolean http2Large(int port) {
    return seen(
        () -> {
          try (Http2Peer peer = h2(port)) {
            return isRight(peer.start().get(1, "/large").answer(1), MixedTraffic.LARGE);
          }
        });
  }

  /** Whether the answer came; a stream may be reset or refused, and not cut short. */
  private static boolean isRight(Http2Peer.Answer answer, String body) {
    if (answer.reset() != null || answer.status() >= 500) {
      return false;
    }
    assertThat(answer.body().equals(body)).as("the body of a whole response").isTrue();
    return true;
  }

  /** What a client sees; false where it sees that the connection is broken. */
  private interface Sight {
    boolean isAnswered() throws IOException;
  }

  private static boolean seen(Sight sight) {
    try {
      return sight.isAnswered();
    } catch (SocketTimeoutException e) {
      throw new AssertionError("a connection that is neither answered nor closed", e);
    } catch (UncheckedIOException e) {
      if (e.getCause() instanceof SocketTimeoutException) {
        throw new AssertionError("a connection that is neither answered nor closed", e);
      }
      return false;
    } catch (EOFException e) {
      return false;
    } catch (IOException e) {
      return false;
    } catch (AssertionError e) {
      if (String.valueOf(e.getMessage()).startsWith("the server has closed")) {
        return false; // of Http2Peer
      }
      throw e;
    }
  }
}
