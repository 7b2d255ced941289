package io.kqueueserver.spring.accesslog;

import io.kqueueserver.ip.IpText;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Appends a record as one JSON object. Members are never renamed; unknown values are left out. */
final class JsonLine implements AccessPattern.Part {
  private final ClientAddress client;

  JsonLine(ClientAddress client) {
    this.client = client;
  }

  @Override
  public void append(StringBuilder line, AccessRecord record) {
    Instant time = Instant.ofEpochMilli(record.endMillis()).truncatedTo(ChronoUnit.MILLIS);
    line.append("{\"time\":\"").append(time).append('"');
    InetSocketAddress remote = client.of(record);
    InetSocketAddress peer = record.remote();
    if (remote != null) {
      member(line, "remote", IpText.host(remote));
      if (remote.getPort() != 0) {
        number(line, "remotePort", remote.getPort());
      }
    }
    if (peer != null && !peer.equals(remote)) {
      member(line, "peer", IpText.host(peer));
    }
    if (record.request() != null) {
      member(line, "method", record.method());
      member(line, "path", record.path());
      member(line, "query", record.query().isEmpty() ? null : record.query().substring(1));
      member(line, "protocol", record.protocol());
      member(line, "host", record.request().authority());
    } else {
      member(line, "refused", record.refusedLine());
    }
    number(line, "status", record.status());
    number(line, "bytes", record.bytes());
    number(line, "durationMicros", TimeUnit.NANOSECONDS.toMicros(record.durationNanos()));
    member(line, "referer", record.requestField("Referer"));
    member(line, "userAgent", record.requestField("User-Agent"));
    TraceParent trace = TraceParent.parse(record.requestField(TraceParent.FIELD));
    if (trace != null) {
      member(line, "traceId", trace.traceId());
      member(line, "parentId", trace.parentId());
    }
    member(line, "loop", record.loop());
    if (record.hasStream()) {
      number(line, "streamId", record.streamId());
    }
    line.append(",\"aborted\":").append(record.fate() == AccessRecord.ABORTED).append('}');
  }

  private static void number(StringBuilder line, String name, long value) {
    line.append(",\"").append(name).append("\":").append(value);
  }

  private static void member(StringBuilder line, String name, @Nullable String value) {
    if (value != null) {
      line.append(",\"").append(name).append("\":\"");
      Escapes.json(line, value);
      line.append('"');
    }
  }
}
