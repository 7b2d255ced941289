package io.kqueueserver.http.ws;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * One case of Autobahn's sections 12 and 13, which are about permessage-deflate: 216 of them. The
 * offers, lengths and fragments are Autobahn's; its files are replaced by {@link SampleData} of the
 * same kind.
 *
 * @param name its number in Autobahn
 * @param offer the value of {@code Sec-WebSocket-Extensions}
 * @param data what the messages are cut from, one after the other
 * @param length of each message in bytes
 * @param fragment payload of each frame in bytes; 0 for one frame per message
 * @param windowBits what the answers may refer back by, as a power of two
 */
public record CompressionCase(
    String name, String offer, SampleData data, int length, int fragment, int windowBits) {

  /** Length and fragment of the cases of each subsection. */
  private static final int[][] SIZES = {
    {16, 0},
    {64, 0},
    {256, 0},
    {1024, 0},
    {4096, 0},
    {8192, 0},
    {16384, 0},
    {32768, 0},
    {65536, 0},
    {131072, 0},
    {8192, 256},
    {16384, 256},
    {32768, 256},
    {65536, 256},
    {131072, 256},
    {131072, 1024},
    {131072, 4096},
    {131072, 32768}
  };

  private static final String DEFAULT =
      "permessage-deflate; client_no_context_takeover; client_max_window_bits";

  /** All cases, where section 13 asks for this window as its small one. */
  public static Stream<CompressionCase> all(int smallWindow) {
    return Stream.concat(section12(), section13(smallWindow));
  }

  private static Stream<CompressionCase> section12() {
    List<SampleData> data = List.of(SampleData.values());
    return IntStream.range(0, data.size())
        .boxed()
        .flatMap(i -> subsection("12." + (i + 1), DEFAULT, data.get(i), 15));
  }

  private static Stream<CompressionCase> section13(int small) {
    String forgetting = DEFAULT + "; server_no_context_takeover";
    List<String> offers = new ArrayList<>();
    offers.add(DEFAULT);
    offers.add(forgetting);
    offers.add(DEFAULT + bits(small));
    offers.add(DEFAULT + bits(15));
    offers.add(forgetting + bits(small));
    offers.add(forgetting + bits(15));
    offers.add(forgetting + bits(small) + ", " + forgetting + ", " + DEFAULT);
    return IntStream.range(0, offers.size())
        .boxed()
        .flatMap(
            i -> {
              String offer = offers.get(i);
              int window = offer.contains(bits(small)) ? small : 15;
              return subsection("13." + (i + 1), offer, SampleData.JSON, window);
            });
  }

  private static String bits(int bits) {
    return "; server_max_window_bits=" + bits;
  }

  private static Stream<CompressionCase> subsection(
      String name, String offer, SampleData data, int window) {
    return IntStream.range(0, SIZES.length)
        .mapToObj(
            i ->
                new CompressionCase(
                    name + "." + (i + 1), offer, data, SIZES[i][0], SIZES[i][1], window));
  }

  /** The message of that number. */
  public byte[] message(int number) {
    byte[] all = data.bytes();
    byte[] message = new byte[length];
    for (int i = 0, at = number * length; i < length; i++) {
      message[i] = all[(at + i) % all.length];
    }
    return message;
  }

  /** The frames of a payload. */
  public byte[] frames(byte[] payload) {
    int step = fragment == 0 ? Math.max(1, payload.length) : fragment;
    int opcode = data.isText() ? ClientFrames.TEXT : ClientFrames.BINARY;
    List<byte[]> frames = new ArrayList<>();
    for (int at = 0; at == 0 || at < payload.length; at += step) {
      int end = Math.min(payload.length, at + step);
      int first = at == 0 ? opcode | ClientFrames.RSV1 : ClientFrames.CONTINUATION;
      byte[] part = Arrays.copyOfRange(payload, at, end);
      frames.add(
          ClientFrames.frame(end == payload.length ? first | ClientFrames.FIN : first, part));
    }
    return ClientFrames.join(frames.toArray(byte[][]::new));
  }

  @Override
  public String toString() {
    return name + ": " + data + ", " + length + " by " + fragment + ", " + offer;
  }
}
