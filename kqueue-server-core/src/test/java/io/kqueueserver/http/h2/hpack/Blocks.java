package io.kqueueserver.http.h2.hpack;

import io.kqueueserver.http.HttpException;
import io.kqueueserver.http.Limits;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A decoder, and what it made of the blocks it was given. */
final class Blocks {
  /** No request of a test is refused by these. */
  static final Limits WIDE = new Limits(1 << 20, 1 << 20, 10_000, -1, 0, -1);

  static final HpackWorkspace WORKSPACE = new HpackWorkspace();

  final HpackDecoder decoder;
  final List<String> fields = new ArrayList<>();
  @Nullable HttpException refusal;

  Blocks() {
    this(WIDE);
  }

  Blocks(Limits limits) {
    decoder = new HpackDecoder(WORKSPACE, limits);
  }

  /** Decodes a whole block of hexadecimal digits and spaces. */
  List<String> decode(String hex) {
    byte[] block = octets(hex);
    return decode(block, block.length);
  }

  /** Decodes a block in pieces of that size. */
  List<String> decode(byte[] block, int size) {
    begin();
    for (int at = 0; at < block.length; at += size) {
      feed(block, at, Math.min(block.length, at + size));
    }
    return end();
  }

  /** Decodes a block in two pieces. */
  List<String> decodeSplit(byte[] block, int at) {
    begin();
    feed(block, 0, at);
    feed(block, at, block.length);
    return end();
  }

  void begin() {
    fields.clear();
    decoder.beginHead(this::field);
  }

  void feed(byte[] block, int from, int to) {
    decoder.decode(ByteBuffer.wrap(block, from, to - from));
    otherConnectionsTurn();
  }

  /** What a decoder leaves in the workspace of its loop is not its own any more. */
  static void otherConnectionsTurn() {
    Arrays.fill(WORKSPACE.input, 0, 64, (byte) 0x55);
    Arrays.fill(WORKSPACE.text, 0, 64, (byte) 0x55);
  }

  List<String> end() {
    refusal = decoder.end();
    return List.copyOf(fields);
  }

  private void field(String name, String value, boolean neverIndexed) {
    fields.add(line(name, value) + (neverIndexed ? " (never indexed)" : ""));
  }

  static String line(String name, String value) {
    return name + ": " + value;
  }

  static byte[] octets(String hex) {
    return HexFormat.of().parseHex(hex.replaceAll("\\s", ""));
  }

  static String hex(byte[] octets) {
    return HexFormat.of().formatHex(octets);
  }

  static byte[] encoded(HpackOutput out) {
    return Arrays.copyOf(out.bytes(), out.length());
  }

  /** A block of fields, each with {@code name: value}. */
  static byte[] encode(HpackEncoder encoder, String... lines) {
    encoder.begin();
    for (String line : lines) {
      int colon = line.indexOf(':', 1);
      String name = line.substring(0, colon);
      String value = line.substring(colon + 2);
      if (name.startsWith(":")) {
        encoder.pseudoField(name, value);
      } else {
        encoder.field(name, value);
      }
    }
    HpackOutput out = new HpackOutput();
    encoder.finish(out);
    return encoded(out);
  }
}
