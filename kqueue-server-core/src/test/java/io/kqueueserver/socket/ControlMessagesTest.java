package io.kqueueserver.socket;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.ffi.Abi;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The bytes of control messages, as the CMSG macros of each system lay them out. */
class ControlMessagesTest {
  private static ByteBuffer zeroed(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  @ParameterizedTest
  @CsvSource({
    "darwin-aarch64,   10000000 ffff0000 01000000 07000000",
    "freebsd-x86_64,   14000000 ffff0000 01000000 00000000 07000000 00000000",
    "netbsd-x86_64,    14000000 ffff0000 01000000 00000000 07000000 00000000",
    "openbsd-x86_64,   14000000 ffff0000 01000000 00000000 07000000 00000000",
    "dragonfly-x86_64, 14000000 ffff0000 01000000 00000000 07000000 00000000",
    "linux-x86_64,     14000000 00000000 01000000 01000000 07000000 00000000",
    "linux-aarch64,    14000000 00000000 01000000 01000000 07000000 00000000"
  })
  void oneDescriptorIsLaidOutAsTheSystemHasIt(String abi, String hex) {
    ControlMessages layout = new ControlMessages(Abi.named(abi));
    ByteBuffer control = zeroed(layout.space(1));
    layout.write(control, 7);
    byte[] written = new byte[control.capacity()];
    control.get(0, written);
    assertThat(HexFormat.of().formatHex(written)).isEqualTo(hex.replace(" ", ""));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "darwin-x86_64",
        "freebsd-aarch64",
        "netbsd-x86_64",
        "openbsd-x86_64",
        "linux-x86_64"
      })
  void descriptorsOfSeveralMessagesAreAllFound(String abi) {
    ControlMessages layout = new ControlMessages(Abi.named(abi));
    ByteBuffer control = zeroed(layout.space(3) + layout.space(2));
    layout.write(control, 3, 4, 5);
    layout.write(control.slice(layout.space(3), layout.space(2)).order(control.order()), 6, 7);
    assertThat(layout.read(control, control.capacity())).containsExactly(3, 4, 5, 6, 7);
  }

  @ParameterizedTest
  @ValueSource(strings = {"darwin-x86_64", "freebsd-x86_64", "linux-x86_64"})
  void ofAMessageThatIsCutShortWhatIsThereIsFound(String abi) {
    ControlMessages layout = new ControlMessages(Abi.named(abi));
    ByteBuffer control = zeroed(layout.space(4));
    layout.write(control, 3, 4, 5, 6);
    assertThat(layout.read(control, layout.space(2))).containsExactly(3, 4);
    assertThat(layout.read(control, 4)).isEmpty();
    assertThat(layout.read(control, 0)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"darwin-x86_64", "linux-x86_64"})
  void othersMessagesAndNonsenseHaveNoDescriptors(String abi) {
    ControlMessages layout = new ControlMessages(Abi.named(abi));
    ByteBuffer control = zeroed(layout.space(1));
    assertThat(layout.read(control, control.capacity())).isEmpty(); // of length 0
    layout.write(control, 3);
    control.putInt(Abi.named(abi).constant("cmsghdr.cmsg_type.offset"), 2); // SCM_CREDENTIALS
    assertThat(layout.read(control, control.capacity())).isEmpty();
  }
}
