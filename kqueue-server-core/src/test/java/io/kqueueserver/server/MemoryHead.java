package io.kqueueserver.server;

import io.kqueueserver.http.Headers;
import io.kqueueserver.http.HttpVersion;
import io.kqueueserver.http.RequestHead;
import io.kqueueserver.http.contract.ExchangeFixture.Request;
import java.util.List;

/** The head of a request that was never on a wire. */
record MemoryHead(Request request) implements RequestHead {
  /** Fields from {@code name: value} lines. */
  record Fields(List<String> lines) implements Headers {
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
  public String method() {
    return request.method();
  }

  @Override
  public String path() {
    return request.path();
  }

  @Override
  public String authority() {
    return "test";
  }

  @Override
  public HttpVersion version() {
    return HttpVersion.HTTP_1_1;
  }

  @Override
  public Headers headers() {
    return new Fields(request.fields());
  }

  @Override
  public long contentLength() {
    return request.contentLength();
  }

  @Override
  public boolean expectsContinue() {
    return headers().contains("Expect");
  }
}
