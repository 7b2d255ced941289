package io.kqueueserver.ffi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kqueueserver.queue.EventFlag;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import jnr.ffi.LibraryLoader;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds our rows against the record a compiler made of each system's headers. */
@Tag("source")
class AbiTableTest {
  static Stream<String> names() {
    return Abi.NAMES.stream();
  }

  private static Properties record(String name) throws IOException {
    Properties properties = new Properties();
    try (InputStream in = AbiTableTest.class.getResourceAsStream("/abi/" + name + ".properties")) {
      properties.load(in);
    }
    return properties;
  }

  private static Set<String> recordedRows() {
    Set<String> rows = new TreeSet<>();
    for (String table :
        List.of(
            AbiTable.LAYOUTS,
            AbiTable.EVENTS,
            AbiTable.SOCKETS,
            AbiTable.ERRNOS,
            AbiTable.SYMBOLS)) {
      table.lines().skip(1).forEach(line -> rows.add(line.substring(0, line.indexOf(' '))));
    }
    return rows;
  }

  @ParameterizedTest
  @MethodSource("names")
  void everyRowEqualsTheRecordOrIsAbsentFromBoth(String name) throws IOException {
    Properties record = record(name);
    Abi abi = Abi.named(name);
    List<String> differences = new ArrayList<>();
    for (String row : recordedRows()) {
      String ours =
          row.startsWith("sym.")
              ? abi.symbols().get(row.substring(4))
              : abi.has(row) ? Long.toString(abi.longConstant(row)) : null;
      String theirs = record.getProperty(row);
      if (ours == null ? theirs != null : !ours.equals(theirs)) {
        differences.add(row + ": ours " + ours + ", recorded " + theirs);
      }
    }
    assertThat(differences).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("names")
  void theFieldsOfKeventHaveTheRecordedSizes(String name) throws IOException {
    Properties record = record(name);
    if (!record.containsKey("kevent.sizeof")) {
      assertThat(name).startsWith("linux");
      return;
    }
    KeventLayout layout = KeventLayout.of(Abi.named(name));
    assertThat(layout.sizeof()).isEqualTo(number(record, "kevent.sizeof"));
    assertThat(layout.filterSize()).isEqualTo(number(record, "kevent.filter.size"));
    // What KeventArray writes without asking the table.
    assertThat(number(record, "kevent.flags.size")).isEqualTo(layout.filterSize());
    assertThat(number(record, "kevent.ident.size")).isEqualTo(8);
    assertThat(number(record, "kevent.fflags.size")).isEqualTo(4);
    assertThat(number(record, "kevent.data.size")).isEqualTo(8);
    assertThat(number(record, "kevent.udata.size")).isEqualTo(8);
  }

  private static int number(Properties record, String row) {
    return Integer.parseInt(record.getProperty(row));
  }

  @ParameterizedTest
  @MethodSource("names")
  void theBitsThatNeedNoTranslationAreTheSameEverywhere(String name)
      throws IOException, IllegalAccessException {
    Properties record = record(name);
    for (Field field : EventFlag.class.getFields()) {
      String recorded = record.getProperty(field.getName());
      boolean ofNoLibkqueue = name.startsWith("libkqueue") && field.getName().equals("NOTE_REVOKE");
      if (name.startsWith("linux") || ofNoLibkqueue) {
        assertThat(recorded).isNull();
      } else if (recorded == null) {
        // The record of libkqueue, compiled from its header, never asked for this one.
        assertThat(name + " " + field.getName()).isEqualTo("libkqueue-x86_64 NOTE_LOWAT");
      } else {
        assertThat(field.getInt(null))
            .as(field.getName())
            .isEqualTo((int) Long.parseLong(recorded));
      }
    }
  }

  @Test
  void theWidthsTheBindingTakesForGrantedHoldOnEverySystem() throws IOException {
    for (String name : Abi.NAMES) {
      if (name.startsWith("libkqueue")) {
        continue;
      }
      Properties record = record(name);
      assertThat(number(record, "type.size_t.size")).as(name).isEqualTo(8);
      assertThat(number(record, "type.off_t.size")).as(name).isEqualTo(8);
      assertThat(number(record, "type.socklen_t.size")).as(name).isEqualTo(4);
      assertThat(number(record, "type.rlim_t.size")).as(name).isEqualTo(8);
      assertThat(number(record, "timespec.tv_sec.size")).as(name).isEqualTo(8);
      assertThat(number(record, "timespec.tv_nsec.size")).as(name).isEqualTo(8);
      assertThat(record.getProperty("fn.fcntl.fixed")).as(name).isEqualTo("2");
      assertThat(record.getProperty("fn.ioctl.fixed")).as(name).isEqualTo("2");
      assertThat(record.getProperty("fn.open.fixed")).as(name).isEqualTo("2");
      if (record.containsKey("fn.kevent.sig")) {
        String counts = name.startsWith("netbsd") ? "i64" : "i32";
        assertThat(record.getProperty("fn.kevent.sig"))
            .as(name)
            .isEqualTo("i32(i32,ptr," + counts + ",ptr," + counts + ",ptr)");
      }
    }
  }

  @Test
  void newerKernelsHaveRowsTheirOlderNamesStayBoundTo() throws IOException {
    Properties netbsd = record("netbsd-x86_64");
    assertThat(netbsd.getProperty("netbsd11.sym.kevent")).isEqualTo("__kevent100");
    assertThat(Abi.named("netbsd-x86_64").symbol("kevent")).isEqualTo("__kevent50");
  }

  @Test
  void theHostIsRecognisedUnderTheNamesJavaGivesIt() {
    assertThat(Abi.hostName("Mac OS X", "aarch64")).isEqualTo("darwin-aarch64");
    assertThat(Abi.hostName("FreeBSD", "amd64")).isEqualTo("freebsd-x86_64");
    assertThat(Abi.hostName("DragonFlyBSD", "amd64")).isEqualTo("dragonfly-x86_64");
    assertThat(Abi.hostName("Linux", "amd64")).isEqualTo("linux-x86_64");
    assertThat(Abi.hostName("NetBSD", "x86_64")).isEqualTo("netbsd-x86_64");
    assertThat(Abi.hostName("OpenBSD", "amd64")).isEqualTo("openbsd-x86_64");
    assertThat(Abi.hostName("Windows 11", "amd64")).isNull();
    assertThat(Abi.hostName("Linux", "riscv64")).isNull();
  }

  @Test
  void whatASystemLacksIsNamed() {
    Abi abi = Abi.named("openbsd-x86_64");
    assertThat(abi.has("SO_NOSIGPIPE")).isFalse();
    assertThat(abi.constant("SO_NOSIGPIPE", -1)).isEqualTo(-1);
    assertThatThrownBy(() -> abi.constant("SO_NOSIGPIPE"))
        .isInstanceOf(NativeUnavailableException.class)
        .hasMessageStartingWith("openbsd-x86_64 has no SO_NOSIGPIPE; ");
    assertThatThrownBy(() -> Abi.named("plan9-x86_64"))
        .isInstanceOf(NativeUnavailableException.class)
        .hasMessageContaining("no ABI row is named plan9-x86_64; choose one of darwin-x86_64");
  }

  @Test
  void requestsWithTheHighBitAreNotSignExtended() {
    assertThat(Abi.named("darwin-aarch64").longConstant("FIONBIO")).isEqualTo(0x8004667eL);
  }

  /** Asks the compiled headers. */
  public interface OwnRows {
    long own_row(int row);
  }

  @Test
  void theRowsWithoutARecordEqualThisLinuxsHeaders() {
    String library = ForeignLibrary.compile("linux-x86_64", "own_rows.c").toString();
    OwnRows headers = LibraryLoader.create(OwnRows.class).load(library);
    List<String> rows =
        List.of(
            "POSIX_FADV_WILLNEED",
            "TCP_LISTEN",
            "tcp_info.tcpi_state.offset",
            "tcp_info.tcpi_unacked.offset",
            "SO_MEMINFO",
            "SK_MEMINFO_SNDBUF",
            "SK_MEMINFO_WMEM_QUEUED",
            "SK_MEMINFO_VARS",
            "AT_EMPTY_PATH",
            "STATX_BASIC_STATS",
            "statx.sizeof",
            "statx.stx_nlink.offset",
            "statx.stx_uid.offset",
            "statx.stx_gid.offset",
            "statx.stx_mode.offset",
            "statx.stx_ino.offset",
            "statx.stx_size.offset",
            "statx.stx_mtime.offset",
            "statx.stx_dev_major.offset",
            "statx.stx_dev_minor.offset",
            "S_IFMT",
            "S_IFDIR",
            "S_IFSOCK",
            "S_IFIFO",
            "ucred.sizeof",
            "ucred.uid.offset",
            "RWF_NOWAIT");
    for (int i = 0; i < rows.size(); i++) {
      assertThat(Abi.host().longConstant(rows.get(i)))
          .as(rows.get(i))
          .isEqualTo(headers.own_row(i));
    }
    assertThat(AbiTable.OWN.lines().skip(1).map(line -> line.substring(0, line.indexOf(' '))))
        .containsExactlyInAnyOrderElementsOf(
            Stream.concat(rows.stream(), Stream.of("sym.posix_fadvise", "sym.preadv2", "sym.statx"))
                .toList());
  }
}
