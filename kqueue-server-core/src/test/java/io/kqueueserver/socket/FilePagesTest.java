package io.kqueueserver.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.kqueueserver.ffi.FaultyLibC;
import io.kqueueserver.ffi.Native;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A fault that waits for posix_fadvise tells whether it is called. */
@EnabledOnOs(value = OS.LINUX, disabledReason = "other systems do not tell what is in memory")
class FilePagesTest {
  private static final int BYTES = 100_000;
  private static final String FAULT = "posix_fadvise ESPIPE";

  private final FaultyLibC faults = FaultyLibC.of(0);
  private final Sockets sockets = new Sockets(Native.load(faults.options()));

  @TempDir Path folder;
  private int fd;

  @BeforeEach
  void open() throws IOException {
    Path file = Files.write(folder.resolve("f"), new byte[BYTES]);
    fd = sockets.openForRead(file.toString());
    faults.failNext(FAULT);
  }

  @AfterEach
  void forget() {
    sockets.close(fd);
    faults.forget();
  }

  @Test
  void pagesThatAreInMemoryAreNotRequested() throws IOException {
    String type = Files.getFileStore(folder).type();
    assumeThat(type).as("file systems that do not tell").isNotIn("tmpfs", "overlay");
    sockets.readAhead(fd, 0, BYTES);
    assertThat(faults.injected()).isEmpty();
  }

  @Test
  void pagesOfWhichTheLastIsNotInMemoryAreRequested() {
    sockets.readAhead(fd, 0, BYTES + 1);
    assertThat(faults.injected()).containsOnlyKeys(FAULT);
  }

  @Test
  void pagesOfWhichTheFirstIsNotInMemoryAreRequested() {
    sockets.readAhead(fd, BYTES, 1);
    assertThat(faults.injected()).containsOnlyKeys(FAULT);
  }
}
