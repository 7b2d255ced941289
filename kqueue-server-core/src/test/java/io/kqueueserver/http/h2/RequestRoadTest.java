package io.kqueueserver.http.h2;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.http.HttpException;
import io.kqueueserver.http.Limits;
import io.kqueueserver.http.h2.hpack.HpackDecoder;
import io.kqueueserver.http.h2.hpack.HpackEncoder;
import io.kqueueserver.http.h2.hpack.HpackOutput;
import io.kqueueserver.http.h2.hpack.HpackWorkspace;
import io.kqueueserver.stats.Limit;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** From the octets of frames to heads, through every class on the way. */
class RequestRoadTest {
  private static final int MAX_FRAME = 1000;

  private final HpackEncoder encoder = new HpackEncoder(new HpackWorkspace(), 4096);
  private final HpackOutput block = new HpackOutput();
  private final FrameWriter writer = new FrameWriter();
  private int streamId = -1;

  @Test
  void requestsArriveHoweverTheirFramesAreCut() {
    send(true, RequestRow.get("user-agent: me", "cookie: a=b", "cookie: c=d"));
    send(true, RequestRow.get("user-agent: me", "cookie: a=b", "cookie: c=d"));
    String head = "GET / | host=x user-agent=me cookie=a=b; c=d";
    for (int size = 1; size <= writer.length(); size++) {
      assertThat(new Receiver(Limits.DEFAULTS).read(writer, size))
          .containsExactly("1 " + head, "3 " + head);
    }
  }

  @Test
  void aCookieOfSixKilobytesIn80CrumbsIsServed() {
    String crumb = "0123456789".repeat(7) + "=cook"; // 75, and two for the joint
    String[] crumbs =
        IntStream.range(0, 80).mapToObj(i -> "cookie: " + crumb).toArray(String[]::new);
    send(true, RequestRow.get(crumbs));
    String cookie = String.join("; ", Collections.nCopies(80, crumb));
    assertThat(new Receiver(Limits.DEFAULTS).read(writer, writer.length()))
        .containsExactly("1 GET / | host=x cookie=" + cookie);
  }

  @Test
  void fieldsAreMeasuredAsHttp1MeasuresThem() {
    // Host: x, and A: with its line end
    int room = 8192 - "Host: x\r\n".length() - "A: \r\n".length();
    send(true, RequestRow.get("a: " + "v".repeat(room)));
    send(true, RequestRow.get("a: " + "v".repeat(room + 1)));
    send(true, RequestRow.get("b: c"));
    List<String> heads = new Receiver(Limits.DEFAULTS).read(writer, writer.length());
    assertThat(heads.get(0)).startsWith("1 GET / | host=x a=v");
    assertThat(heads.get(1)).isEqualTo("3 REFUSED 431 " + Limit.HEADER_SIZE);
    assertThat(heads.get(2)).isEqualTo("5 GET / | host=x b=c");
  }

  @Test
  void theTableOfAMalformedRequestServesTheNextOne() {
    send(true, RequestRow.get("connection: close", "x-first: one", "x-second: two"));
    send(true, RequestRow.get("x-second: two", "x-first: one"));
    assertThat(new Receiver(Limits.DEFAULTS).read(writer, writer.length()))
        .containsExactly("1 PROTOCOL_ERROR", "3 GET / | host=x x-second=two x-first=one");
  }

  private void send(boolean endStream, String... fields) {
    encoder.begin();
    for (String field : fields) {
      int colon = field.indexOf(": ", 1);
      String name = field.substring(0, colon);
      String value = field.substring(colon + 2);
      if (name.startsWith(":")) {
        encoder.pseudoField(name, value);
      } else {
        encoder.field(name, value);
      }
    }
    block.clear();
    encoder.finish(block);
    streamId += 2;
    writer.headers(streamId, block.bytes(), 0, block.length(), endStream, MAX_FRAME);
  }

  /** What a connection does with field blocks. */
  private static final class Receiver extends QuietSink {
    private final FrameParser parser;
    private final HpackDecoder decoder;
    private final RequestFields fields;
    private final List<String> heads = new ArrayList<>();

    Receiver(Limits limits) {
      parser = new FrameParser(this, limits.maxHeaderBytes(), 16);
      decoder = new HpackDecoder(new HpackWorkspace(), limits);
      fields = new RequestFields(limits, false, false);
    }

    List<String> read(FrameWriter writer, int size) {
      for (int at = 0; at < writer.length(); at += size) {
        int count = Math.min(size, writer.length() - at);
        ByteBuffer in = ByteBuffer.wrap(writer.bytes(), at, count);
        do {
          try {
            parser.parse(in);
          } catch (Http2Exception e) {
            heads.add(e.streamId() + " " + e.code());
          }
        } while (in.hasRemaining());
      }
      return heads;
    }

    @Override
    public void headers(int streamId, boolean endStream, int dependency) {
      fields.begin(streamId);
      decoder.beginHead(fields);
    }

    @Override
    public void headersPiece(ByteBuffer piece) {
      decoder.decode(piece);
    }

    @Override
    public void headersEnd(int streamId, boolean endStream) {
      HttpException refusal = decoder.end();
      if (refusal != null) {
        heads.add(streamId + " REFUSED " + refusal.status() + " " + refusal.limit());
        return;
      }
      Http2RequestHead head = fields.end(endStream);
      StringBuilder text = new StringBuilder(streamId + " ");
      text.append(head.method()).append(' ').append(head.path()).append(" |");
      head.headers()
          .writeTo((name, value) -> text.append(' ').append(name).append('=').append(value));
      heads.add(text.toString());
    }
  }
}
