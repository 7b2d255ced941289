package io.kqueueserver.http.h1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;

import io.kqueueserver.build.RandomInputs;
import io.kqueueserver.http.HttpException;
import io.kqueueserver.http.RequestHead;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/**
 * Targets and hosts, changed at random: what is not refused is a URI, and reads the same when it is
 * sent again. A coverage-guided fuzzer calls {@link #fuzzerTestOneInput}, as of {@link
 * Http1DecoderFuzzTest}.
 */
public class TargetAndHostFuzzTest {
  /** Called by Jazzer; a line end separates target and host. */
  public static void fuzzerTestOneInput(byte[] octets) {
    String text = new String(octets, StandardCharsets.ISO_8859_1);
    int end = text.indexOf('\n');
    if (end < 0) {
      return;
    }
    String target = text.substring(0, end);
    String host = text.substring(end + 1);
    RequestHead head;
    try {
      head = decode(target, host);
    } catch (HttpException e) {
      return;
    }
    assertThat(head.authority()).doesNotContainPattern("[^!-~]|[/@?#\\\\<>\"{}|^`]");
    String slash = head.path().startsWith("/") || head.path().isEmpty() ? "" : "/";
    // Behind an authority, as a server makes it: "//" alone would begin one.
    assertThatNoException().isThrownBy(() -> new URI("http://a" + slash + head.path()));
    RequestHead again = decode(head.path(), head.authority());
    assertThat(again.path()).isEqualTo(head.path());
    assertThat(again.authority()).isEqualTo(head.authority());
  }

  private static RequestHead decode(String target, String host) {
    return EncoderRow.decode("OPTIONS " + target + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
  }

  @Test
  void whatIsNotRefusedIsAUriThatReadsTheSameAgain(TestReporter reporter) {
    List<byte[]> inputs =
        Stream.of(
                "/a/b;c=d?e=f&g\nx.example:80",
                "http://[::1]:8080/a%20b?\nx",
                "https://a.b/|^[]?{}`\\\n[1:2:3:4:5:6:7:8]",
                "//a/../b?//\n127.0.0.1",
                "*\n",
                "http://h?q\n[fe80::1%25a]:1")
            .map(text -> text.getBytes(StandardCharsets.ISO_8859_1))
            .toList();

    RandomInputs.run(
        TargetAndHostFuzzTest.class,
        inputs,
        "/:@?#[]%2f.*|\\^`{}<>\" htps1",
        TargetAndHostFuzzTest::fuzzerTestOneInput,
        reporter::publishEntry);
  }
}
