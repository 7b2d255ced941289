package io.kqueueserver.server;

import static org.awaitility.Awaitility.await;

import io.kqueueserver.http.h2.ErrorCode;
import java.util.ArrayList;
import java.util.List;

/** One request with a body over any of the protocols, whose client sends byte by byte. */
abstract class Upload implements AutoCloseable {
  /** The announced length. */
  static final int LENGTH = 20_000;

  /** The protocols. */
  enum Over {
    HTTP_1(false),
    HTTP_1_TLS(true),
    HTTP_2(false),
    HTTP_2_TLS(true);

    final boolean secure;

    Over(boolean secure) {
      this.secure = secure;
    }

    boolean isHttp2() {
      return this == HTTP_2 || this == HTTP_2_TLS;
    }

    /** Sends the head of a request for this path. */
    Upload to(PaceServer server, String path, String... fields) {
      return isHttp2()
          ? new OverHttp2(server.http2(), path, fields)
          : new OverHttp1(server, path, fields);
    }
  }

  /** Sends further bytes, and waits until the server has read them. */
  abstract void send(int bytes);

  /** Sends further bytes and waits for nothing. */
  abstract void push(int bytes);

  /** The status of the final response. */
  abstract int status();

  /** Whether the response that has begun is reset. */
  abstract boolean isReset();

  @Override
  public abstract void close();

  private static final class OverHttp1 extends Upload {
    private final PaceServer server;
    private final WirePeer peer;

    OverHttp1(PaceServer server, String path, String... fields) {
      this.server = server;
      this.peer = server.http1();
      int before = server.served();
      String more = fields.length == 0 ? "" : String.join("\r\n", fields) + "\r\n";
      peer.send(
          "POST %s HTTP/1.1\r\nHost: t\r\nContent-Length: %d\r\n%s\r\n"
              .formatted(path, LENGTH, more));
      await().until(() -> server.served() > before);
    }

    @Override
    void send(int bytes) {
      long before = server.bytesRead();
      peer.send("x".repeat(bytes));
      await().until(() -> server.bytesRead() >= before + bytes);
    }

    @Override
    void push(int bytes) {
      peer.send("x".repeat(bytes));
    }

    @Override
    int status() {
      WirePeer.Response response = peer.response();
      return response.status() == 100 ? peer.response().status() : response.status();
    }

    @Override
    boolean isReset() {
      return peer.readAll().endsWith("<reset>");
    }

    @Override
    public void close() {
      peer.close();
    }
  }

  private static final class OverHttp2 extends Upload {
    private final Http2Peer peer;
    private int sent;

    OverHttp2(Http2Peer peer, String path, String... fields) {
      this.peer = peer;
      List<String> all = new ArrayList<>(List.of(fields));
      all.add("content-length: " + LENGTH);
      peer.post(1, path, all.toArray(String[]::new)).settle();
    }

    @Override
    void send(int bytes) {
      push(bytes);
      peer.settle();
    }

    @Override
    void push(int bytes) {
      sent += bytes;
      peer.send(Http2Peer.data(1, sent == LENGTH, new byte[bytes]));
    }

    @Override
    int status() {
      return peer.answer(1).status();
    }

    @Override
    boolean isReset() {
      boolean reset = peer.answer(1).reset() == ErrorCode.CANCEL;
      peer.settle(); // the connection goes on
      return reset;
    }

    @Override
    public void close() {
      peer.close();
    }
  }
}
