package io.kqueueserver.actuate;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.OperationResponseBody;

/**
 * The response of {@code connections}. Its names are a contract, as those of {@link KqueueReport}.
 *
 * @param open number of open connections
 * @param matched number of open connections that match the filters
 */
public record KqueueConnections(
    String server, int open, int matched, int offset, int limit, List<Row> connections)
    implements OperationResponseBody {

  /**
   * One open connection.
   *
   * @param request the oldest request under way; null if there is none
   * @param active number of requests under way
   * @param activeRequests the requests under way, oldest first; in a page only the first few
   * @param streams what all streams share; null if the protocol has no streams
   */
  public record Row(
      String id,
      int loop,
      int fd,
      String peer,
      String protocol,
      boolean tls,
      String state,
      long ageNanos,
      long idleNanos,
      int requests,
      long bytesRead,
      long bytesWritten,
      long queuedBytes,
      @Nullable Request request,
      int active,
      List<Request> activeRequests,
      @Nullable Streams streams)
      implements OperationResponseBody {}

  /**
   * What the streams of a connection share.
   *
   * @param open those that are open, or whose handler runs
   * @param sendWindow bytes of all responses that the client takes now
   * @param receiveWindow bytes of all requests that the server takes now
   */
  public record Streams(int open, int sendWindow, int receiveWindow) {}

  /**
   * A request under way.
   *
   * @param streamId the id of the stream; null if the protocol has no streams
   * @param stream progress of the stream; null if the protocol has no streams
   * @param switched what the request was switched to; null before a switch
   */
  public record Request(
      String method,
      String path,
      @Nullable String handler,
      long ageNanos,
      @Nullable Long streamId,
      @Nullable Stream stream,
      @Nullable Switched switched) {}

  /**
   * What is spoken in place of HTTP since a switch.
   *
   * @param protocol its name; of WebSocket with the sub-protocol, as {@code websocket/chat}
   * @param lastPongNanos since the client sent the last Pong; null if it sent none
   */
  public record Switched(String protocol, @Nullable Long lastPongNanos) {}

  /**
   * How far the stream of a request has come.
   *
   * @param state of RFC 9113 5.1
   * @param bytesQueued of the response, not sent for want of credit or of the connection's turn
   * @param sendWindow bytes of the response that the client takes now; may be negative
   * @param receiveWindow bytes of the request that the server takes now; null once it is complete
   */
  public record Stream(
      String state,
      long bytesReceived,
      long bytesSent,
      long bytesQueued,
      int sendWindow,
      @Nullable Integer receiveWindow) {}
}
