package io.kqueueserver.spring.accesslog;

import io.kqueueserver.http.Headers;
import io.kqueueserver.http.HttpVersion;
import io.kqueueserver.http.RequestHead;
import io.kqueueserver.stats.CurrentRequest;
import java.net.InetSocketAddress;
import java.util.List;

/** Records for tests, made without a server. */
final class Records {
  /** 2026-11-25T03:04:05.678Z. */
  static final long END = 1_795_575_845_678L;

  private Records() {}

  static AccessRecord get(String path, String... fields) {
    return of(head("GET", path, fields), "", 200, 1234, AccessRecord.KEPT);
  }

  /** The same, relayed by a proxy without the client's address. */
  static AccessRecord relayed(AccessRecord of) {
    return new AccessRecord(
        of.endMillis(),
        of.durationNanos(),
        of.respondedNanos(),
        of.status(),
        of.bytes(),
        of.request(),
        of.refusedLine(),
        of.remote(),
        false,
        of.local(),
        of.loop(),
        of.fate(),
        of.streamId(),
        of.responseFields());
  }

  static AccessRecord refused(String line) {
    return of(null, line, 400, 0, AccessRecord.CLOSED);
  }

  static AccessRecord of(RequestHead head, String refused, int status, long bytes, char fate) {
    return new AccessRecord(
        END,
        2_345_678_901L,
        1_500_000L,
        status,
        bytes,
        head,
        refused,
        new InetSocketAddress("192.0.2.7", 5555),
        true,
        new InetSocketAddress("198.51.100.1", 8080),
        "kqueue-loop-0",
        fate,
        CurrentRequest.NO_STREAM,
        List.of("first", ""));
  }

  /** The same, on a stream of that number. */
  static AccessRecord onStream(AccessRecord of, long streamId) {
    return new AccessRecord(
        of.endMillis(),
        of.durationNanos(),
        of.respondedNanos(),
        of.status(),
        of.bytes(),
        of.request(),
        of.refusedLine(),
        of.remote(),
        of.clientKnown(),
        of.local(),
        of.loop(),
        of.fate(),
        streamId,
        of.responseFields());
  }

  static RequestHead head(String method, String path, String... fields) {
    return new Head(method, path, fields(fields));
  }

  private static Headers fields(String... fields) {
    return new Headers() {
      @Override
      public int size() {
        return fields.length / 2;
      }

      @Override
      public String name(int index) {
        return fields[2 * index];
      }

      @Override
      public String value(int index) {
        return fields[2 * index + 1];
      }
    };
  }

  private record Head(String method, String path, Headers headers) implements RequestHead {
    @Override
    public String authority() {
      return "shop.example:8080";
    }

    @Override
    public HttpVersion version() {
      return HttpVersion.HTTP_1_1;
    }

    @Override
    public long contentLength() {
      return 0;
    }

    @Override
    public boolean expectsContinue() {
      return false;
    }
  }
}
