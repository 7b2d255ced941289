package io.kqueueserver.spring.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.net.URISyntaxException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestUrisTests {
  private final RequestUris uris = new RequestUris();

  @ParameterizedTest
  @CsvSource({
    "example.com,      /a/b?c=d,     http://example.com/a/b?c=d",
    "example.com:8080, /,            http://example.com:8080/",
    "example.com:80,   /,            http://example.com/",
    "example.com:443,  /,            http://example.com:443/",
    "example.com:,     /,            http://example.com/",
    "example.com,      //x//y,       http://example.com//x//y",
    "example.com,      /a;p=1/%2F%20?%25, http://example.com/a;p=1/%2F%20?%25",
    "example.com,      *,            http://example.com/*",
    "example.com,      ?q,           http://example.com/?q",
    "example.com:443,  '',           http://example.com:443",
    "[::1]:8080,       /,            http://[::1]:8080/",
    "[fe80::1%25eth0], /,            http://[fe80::1%25eth0]/",
    "my_host,          /,            http://my_host/",
    "'',               /,            http://192.0.2.2:8080/",
  })
  void theUriIsAbsoluteAndNothingIsDecoded(String authority, String path, String uri)
      throws Exception {
    assertThat(uris.of(new ScriptedExchange("GET", path, authority))).hasToString(uri);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/a|b", "/{id}", "/a b", "/%zz", "/\\"})
  void charactersNoUriMayHaveAreRefused(String path) {
    assertThatExceptionOfType(URISyntaxException.class)
        .isThrownBy(() -> uris.of(new ScriptedExchange("GET", path, "example.com")));
  }

  @Test
  void pathsThatShareASlotAreNotMistakenForEachOther() throws Exception {
    // "Aa" and "BB" have the same hash code.
    for (String path : new String[] {"/Aa", "/BB", "/Aa", "/Aa?q", "/Aa"}) {
      assertThat(uris.of(new ScriptedExchange("GET", path, "a"))).hasToString("http://a" + path);
    }
  }

  @Test
  void aChangeOfHostIsNoticed() throws Exception {
    assertThat(uris.of(new ScriptedExchange("GET", "/", "a"))).hasHost("a");
    assertThat(uris.of(new ScriptedExchange("GET", "/", "b"))).hasHost("b");
    assertThat(uris.of(new ScriptedExchange("GET", "/", "a"))).hasHost("a");
  }
}
