package io.kqueueserver.ffi;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ErrnoMeaningTest {
  /** One number means one thing of a path, another of an address, and a third of a queue. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          bind      | unix:/a/b  | ENOENT       | ENOENT - the directory of this path does not exist; create it or choose another path
          open      | /a/b       | ENOENT       | ENOENT - no such file
          kevent    | fd 3       | ENOENT       | ENOENT - no such registration
          epoll_ctl | fd 3       | ENOENT       | ENOENT - no such registration
          bind      | 0.0.0.0:80 | EACCES       | EACCES - permission denied; ports below 1024 need privilege, such as CAP_NET_BIND_SERVICE on Linux: give it to this process or choose a higher port
          bind      | unix:/a/b  | EACCES       | EACCES - permission denied; let this process write to the directory of the path, and search those above it
          open      | /a/b       | EACCES       | EACCES - permission denied
          bind      | [::]:80    | EADDRINUSE   | EADDRINUSE - address already in use; stop the other process or choose another port
          bind      | unix:/a/b  | EADDRINUSE   | EADDRINUSE - a server listens on this path; stop it or choose another path
          bind      | 192.0.2.1:1| EADDRNOTAVAIL| EADDRNOTAVAIL - no interface has this address; choose one this machine has
          bind      | unix:/a/b  | EROFS        | EROFS - read-only file system; choose a path on one that can be written
          socket    | unix:/a/b  | EMFILE       | EMFILE - too many open files in this process; raise its limit (ulimit -n)
          read      | fd 3       | EINVAL       | EINVAL - invalid argument
          bind      | [::]:1     | EXOTIC       | EXOTIC
          """)
  void theTextFitsTheCall(String call, String subject, String name, String text) {
    assertThat(ErrnoMeaning.of(call, subject, name).text(name)).isEqualTo(text);
  }

  @Test
  void anExceptionHasTheTextAndItsParts() {
    Errno errnos = Native.load(NativeOptions.DEFAULTS).errno();
    NativeException failure = new NativeException("bind", "unix:/a", errnos.ENOENT, errnos);
    assertThat(failure)
        .hasMessageStartingWith("bind(unix:/a): ENOENT - the directory of this path");
    assertThat(failure.problem()).isEqualTo("the directory of this path does not exist");
    assertThat(failure.remedy()).isEqualTo("create it or choose another path");
  }
}
