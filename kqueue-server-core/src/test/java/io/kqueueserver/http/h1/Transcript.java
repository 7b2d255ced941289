package io.kqueueserver.http.h1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.kqueueserver.http.Headers;
import io.kqueueserver.http.HttpException;
import io.kqueueserver.http.Limits;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What a decoder made of its input, one line per event, pieces of one body joined:
 *
 * <pre>
 * HEAD POST /path HTTP/1.1 @host +5 | Name: value     (+chunks; "close", "continue", "upgrade=..")
 * BODY hello
 * END | Trailer: value
 * REFUSED 413 BODY_SIZE
 * </pre>
 *
 * Host is left out of the fields, being shown as the authority.
 */
final class Transcript {
  private final Http1Decoder decoder;
  private final boolean direct;
  private final List<String> lines = new ArrayList<>();
  private final StringBuilder body = new StringBuilder();
  private boolean dead;

  Transcript(Limits limits, boolean direct) {
    this(new Http1Decoder(limits, new byte[Http1Decoder.scratchSize(limits)]), direct);
  }

  Transcript(WireRow row, boolean direct) {
    this(
        new Http1Decoder(
            row.limits(), row.options(), new byte[Http1Decoder.scratchSize(row.limits())]),
        direct);
  }

  Transcript(Http1Decoder decoder, boolean direct) {
    this.decoder = decoder;
    this.direct = direct;
  }

  /** Feeds these octets as one buffer. */
  Transcript feed(byte[] octets, int from, int to) {
    if (dead) {
      return this;
    }
    int margin = 3;
    int size = to - from + 2 * margin;
    ByteBuffer in = direct ? ByteBuffer.allocateDirect(size) : ByteBuffer.allocate(size);
    in.position(margin).put(octets, from, to - from).flip().position(margin);
    try {
      Http1Decoder.Event event;
      do {
        event = decoder.decode(in);
        on(event);
      } while (event != Http1Decoder.Event.NEED_INPUT);
      assertThat(in.hasRemaining()).as("input left at NEED_INPUT").isFalse();
    } catch (HttpException e) {
      refused(e, in);
    }
    return this;
  }

  private void on(Http1Decoder.Event event) {
    switch (event) {
      case HEAD -> lines.add("HEAD " + head(decoder.request()));
      case BODY -> {
        assertThat(decoder.body().hasRemaining()).as("body piece has bytes").isTrue();
        body.append(StandardCharsets.ISO_8859_1.decode(decoder.body()));
      }
      case END -> {
        endBody();
        lines.add("END" + fields(decoder.trailers()));
      }
      default -> {}
    }
  }

  private void refused(HttpException e, ByteBuffer in) {
    dead = true;
    endBody();
    lines.add("REFUSED " + e.status() + (e.limit() == null ? "" : " " + e.limit()));
    assertThat(catchThrowable(() -> decoder.decode(in))).as("the decoder stays dead").isSameAs(e);
  }

  private void endBody() {
    if (body.length() > 0) {
      lines.add("BODY " + body);
      body.setLength(0);
    }
  }

  private static String head(Http1Request head) {
    StringBuilder text = new StringBuilder();
    text.append(head.method()).append(' ').append(head.path()).append(' ').append(head.version());
    text.append(" @").append(head.authority());
    if (head.contentLength() != 0) {
      text.append(head.contentLength() < 0 ? " +chunks" : " +" + head.contentLength());
    }
    text.append(head.keepAlive() ? "" : " close");
    text.append(head.expectsContinue() ? " continue" : "");
    text.append(head.upgrade() == null ? "" : " upgrade=" + head.upgrade());
    return text.append(fields(head.headers())).toString();
  }

  private static String fields(Headers fields) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < fields.size(); i++) {
      if (!fields.name(i).equalsIgnoreCase("Host")) {
        text.append(" | ").append(fields.name(i)).append(": ").append(fields.value(i));
      }
    }
    return text.toString();
  }

  /** No more comes: shows an unfinished body too, and whether the decoder waits for more. */
  List<String> finish() {
    endBody();
    if (!dead) {
      lines.add(decoder.isIdle() ? "IDLE" : "WAITING " + decoder.bodyRemaining());
    }
    return lines;
  }

  Http1Decoder decoder() {
    return decoder;
  }

  boolean isDead() {
    return dead;
  }

  List<String> lines() {
    return lines;
  }
}
