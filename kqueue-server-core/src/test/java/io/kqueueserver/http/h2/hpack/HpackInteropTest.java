package io.kqueueserver.http.h2.hpack;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Headers;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.MetaData;
import org.junit.jupiter.api.Test;

/** Random connections between our coders and those of Netty and Jetty, both ways. */
class HpackInteropTest {
  private static final int CONNECTIONS = 400;
  private static final int BLOCKS = 25;

  private interface Codec {
    /** A response of status 200. */
    List<String> decode(byte[] block) throws Exception;

    byte[] encode(List<String> fields) throws Exception;

    /** The setting of their decoder, passed to our encoder. */
    void decoderTableSize(int octets) throws Exception;

    /** The setting of our decoder, passed to their encoder. */
    void encoderTableSize(int octets) throws Exception;
  }

  @Test
  void nettyReadsWhatWeWriteAndTheOtherWayRound() throws Exception {
    for (int seed = 0; seed < CONNECTIONS; seed++) {
      exchange(seed, new Netty());
    }
  }

  @Test
  void jettyReadsWhatWeWriteAndTheOtherWayRound() throws Exception {
    for (int seed = 0; seed < CONNECTIONS; seed++) {
      exchange(seed, new Jetty());
    }
  }

  private static void exchange(int seed, Codec other) throws Exception {
    Random random = new Random(seed);
    HpackEncoder encoder = new HpackEncoder(Blocks.WORKSPACE, 8192);
    Blocks ours = new Blocks();
    for (int block = 0; block < BLOCKS; block++) {
      String round = "seed " + seed + ", block " + block;
      if (random.nextInt(8) == 0) {
        int size = random.nextInt(3) * random.nextInt(4096);
        other.decoderTableSize(size);
        encoder.peerTableSize(size);
        other.encoderTableSize(size);
        ours.decoder.acknowledgedTableSize(size);
      }
      List<String> fields = RandomFields.of(random);
      List<String> response = new ArrayList<>(fields);
      response.add(0, ":status: 200");
      byte[] encoded = Blocks.encode(encoder, response.toArray(String[]::new));
      assertThat(sorted(other.decode(encoded))).as(round).isEqualTo(sorted(fields));
      byte[] theirs = other.encode(fields);
      List<String> decoded = ours.decode(theirs, 1 + random.nextInt(theirs.length));
      assertThat(sorted(decoded)).as(round).isEqualTo(sorted(response));
    }
  }

  /** Netty's and Jetty's collections have an order of their own. */
  private static List<String> sorted(List<String> fields) {
    return fields.stream().map(line -> line.replace(" (never indexed)", "")).sorted().toList();
  }

  private static final class Netty implements Codec {
    private final DefaultHttp2HeadersEncoder encoder = new DefaultHttp2HeadersEncoder();
    private final DefaultHttp2HeadersDecoder decoder =
        new DefaultHttp2HeadersDecoder(false, 1 << 20);

    @Override
    public List<String> decode(byte[] block) throws Exception {
      List<String> fields = new ArrayList<>();
      for (Map.Entry<CharSequence, CharSequence> field :
          decoder.decodeHeaders(1, Unpooled.wrappedBuffer(block))) {
        fields.add(Blocks.line(field.getKey().toString(), field.getValue().toString()));
      }
      assertThat(fields.remove(":status: 200")).isTrue();
      return fields;
    }

    @Override
    public byte[] encode(List<String> fields) throws Exception {
      Http2Headers headers = new DefaultHttp2Headers(false).status("200");
      for (String field : fields) {
        int colon = field.indexOf(": ");
        headers.add(field.substring(0, colon), field.substring(colon + 2));
      }
      ByteBuf out = Unpooled.buffer();
      encoder.encodeHeaders(1, headers, out);
      byte[] block = new byte[out.readableBytes()];
      out.readBytes(block);
      return block;
    }

    @Override
    public void decoderTableSize(int octets) throws Exception {
      decoder.configuration().maxHeaderTableSize(octets);
    }

    @Override
    public void encoderTableSize(int octets) throws Exception {
      encoder.configuration().maxHeaderTableSize(octets);
    }
  }

  private static final class Jetty implements Codec {
    private final org.eclipse.jetty.http2.hpack.HpackEncoder encoder =
        new org.eclipse.jetty.http2.hpack.HpackEncoder();
    private final org.eclipse.jetty.http2.hpack.HpackDecoder decoder =
        new org.eclipse.jetty.http2.hpack.HpackDecoder(1 << 20, System::nanoTime);

    Jetty() {
      encoder.setMaxTableCapacity(4096);
      encoder.setTableCapacity(4096);
      encoder.setMaxHeaderListSize(1 << 20);
    }

    @Override
    public List<String> decode(byte[] block) throws Exception {
      MetaData response = decoder.decode(ByteBuffer.wrap(block));
      assertThat(((MetaData.Response) response).getStatus()).isEqualTo(200);
      List<String> fields = new ArrayList<>();
      for (HttpField field : response.getHttpFields()) {
        fields.add(Blocks.line(field.getLowerCaseName(), field.getValue()));
      }
      return fields;
    }

    @Override
    public byte[] encode(List<String> fields) throws Exception {
      HttpFields.Mutable headers = HttpFields.build();
      for (String field : fields) {
        int colon = field.indexOf(": ");
        headers.add(field.substring(0, colon), field.substring(colon + 2));
      }
      ByteBuffer out = ByteBuffer.allocate(1 << 18);
      encoder.encode(out, new MetaData.Response(200, null, HttpVersion.HTTP_2, headers));
      return Arrays.copyOf(out.array(), out.position());
    }

    @Override
    public void decoderTableSize(int octets) {
      decoder.setMaxTableCapacity(octets);
    }

    @Override
    public void encoderTableSize(int octets) {
      encoder.setMaxTableCapacity(octets);
      encoder.setTableCapacity(octets);
    }
  }
}
