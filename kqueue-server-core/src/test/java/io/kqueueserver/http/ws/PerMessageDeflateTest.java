package io.kqueueserver.http.ws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kqueueserver.http.HttpException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Offers and answers (RFC 7692 7.1). {@code permessage-deflate} is written {@code pmd}. */
class PerMessageDeflateTest {
  private static final String FORGET = "; server_no_context_takeover; client_no_context_takeover";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "pmd | pmd",
        "pmd; client_max_window_bits | pmd",
        "pmd; client_max_window_bits=15 | pmd; client_max_window_bits=15",
        "pmd; client_max_window_bits=8 | pmd; client_max_window_bits=8",
        "pmd; client_max_window_bits=\"10\" | pmd; client_max_window_bits=10",
        "pmd; client_max_window_bits=\"\\1\\0\" | pmd; client_max_window_bits=10",
        "pmd; server_max_window_bits=8 | pmd; server_max_window_bits=8",
        "pmd; server_max_window_bits=9 | pmd; server_max_window_bits=9",
        "pmd; server_max_window_bits=15 | pmd; server_max_window_bits=15",
        "pmd; server_no_context_takeover | pmd; server_no_context_takeover",
        "pmd; client_no_context_takeover | pmd; client_no_context_takeover",
        "pmd ;\tserver_no_context_takeover ; server_max_window_bits = 9"
            + " | pmd; server_no_context_takeover; server_max_window_bits=9",
        "pmd; client_max_window_bits=12; server_max_window_bits=11; client_no_context_takeover;"
            + " server_no_context_takeover | pmd; server_no_context_takeover;"
            + " client_no_context_takeover; server_max_window_bits=11; client_max_window_bits=12",
        // the first offer that can be fulfilled
        "pmd; server_max_window_bits=10, pmd | pmd; server_max_window_bits=10",
        "pmd; server_max_window_bits=7, pmd; server_max_window_bits=9, pmd"
            + " | pmd; server_max_window_bits=9",
        "x-webkit-deflate-frame, pmd | pmd",
        "bbf; pmd=1, , pmd; client_max_window_bits, | pmd",
        // declined
        "'' | ",
        "x-webkit-deflate-frame | ",
        "PMD | ",
        "pmd; unknown | ",
        "pmd; Server_no_context_takeover | ",
        "pmd; server_no_context_takeover=1 | ",
        "pmd; client_no_context_takeover=true | ",
        "pmd; server_no_context_takeover; server_no_context_takeover | ",
        "pmd; client_no_context_takeover; client_no_context_takeover | ",
        "pmd; server_max_window_bits=9; server_max_window_bits=9 | ",
        "pmd; client_max_window_bits; client_max_window_bits=9 | ",
        "pmd; server_max_window_bits | ",
        "pmd; server_max_window_bits=7 | ",
        "pmd; server_max_window_bits=16 | ",
        "pmd; server_max_window_bits=09 | ",
        "pmd; server_max_window_bits=9a | ",
        "pmd; server_max_window_bits=+9 | ",
        "pmd; client_max_window_bits=7 | ",
        "pmd; client_max_window_bits=16 | ",
        "pmd; client_max_window_bits=015 | ",
        "pmd; client_max_window_bits=99999999999 | "
      })
  void answersAnOfferOrDeclines(String offer, String answer) {
    assertThat(answer(offer, true)).isEqualTo(answer == null ? null : spell(answer));
    boolean mentions = offer.contains("client_max_window_bits");
    if (answer != null && !mentions) {
      assertThat(answer(offer, true)).doesNotContain("client_max_window_bits");
    }
  }

  @Test
  void withoutContextTakeoverBothSidesForget() {
    assertThat(answer("pmd", false)).isEqualTo(spell("pmd" + FORGET));
    assertThat(answer("pmd; client_max_window_bits; server_max_window_bits=9", false))
        .isEqualTo(spell("pmd" + FORGET + "; server_max_window_bits=9"));
    assertThat(answer("pmd; server_no_context_takeover", false)).isEqualTo(spell("pmd" + FORGET));
  }

  @Test
  void offersMayBeInSeveralLines() {
    List<String> lines = List.of(spell("pmd; x"), spell("pmd; server_max_window_bits=12"));
    assertThat(PerMessageDeflate.negotiate(lines, true))
        .isEqualTo(new PerMessageDeflate(false, false, 12, null));
    assertThat(PerMessageDeflate.negotiate(List.of(), true)).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "pmd;",
        "pmd; ;x",
        "; pmd",
        "=",
        "pmd pmd",
        "pmd; a b",
        "pmd; a=",
        "pmd; a=\"",
        "pmd; a=\"\"",
        "pmd; a=\"b\" c",
        "pmd; a=\"b c\"",
        "pmd; a=\"b\\",
        "pmd; a=b=c",
        "pmd; =b",
        "p(md",
        "pmd; a=b, pmd;",
        "p\u00e9"
      })
  void refusesWhatTheGrammarDoesNotAllow(String offer) {
    assertThatThrownBy(() -> answer(offer, true))
        .isInstanceOfSatisfying(HttpException.class, e -> assertThat(e.status()).isEqualTo(400));
  }

  private static String answer(String offer, boolean takeover) {
    PerMessageDeflate agreed = PerMessageDeflate.negotiate(List.of(spell(offer)), takeover);
    return agreed == null ? null : agreed.answer();
  }

  private static String spell(String text) {
    return text.replace("pmd", "permessage-deflate");
  }
}
