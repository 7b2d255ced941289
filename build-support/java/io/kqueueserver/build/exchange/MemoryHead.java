package io.kqueueserver.build.exchange;

import io.kqueueserver.http.Headers;
import io.kqueueserver.http.HttpVersion;
import io.kqueueserver.http.RequestHead;
import java.util.List;

/**
 * The head of a request that was never on a wire.
 *
 * @param contentLength 0 for no body, -1 for one whose length is not announced
 */
public record MemoryHead(
    String method, String path, String authority, long contentLength, Fields headers)
    implements RequestHead {
  /** Fields from {@code name: value} lines. */
  public record Fields(List<String> lines) implements Headers {
    public static Fields of(String... lines) {
      return new Fields(List.of(lines));
    }

    @Override
    public int size() {
      return lines.size();
    }

    @Override
    public String name(int index) {
      return lines.get(index).substring(0, lines.get(index).indexOf(':'));
    }

    @Override
    public String value(int index) {
      return lines.get(index).substring(lines.get(index).indexOf(':') + 1).strip();
    }
  }

  @Override
  public HttpVersion version() {
    return HttpVersion.HTTP_1_1;
  }

  @Override
  public boolean expectsContinue() {
    return headers.contains("Expect");
  }
}
