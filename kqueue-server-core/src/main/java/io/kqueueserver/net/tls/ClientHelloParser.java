package io.kqueueserver.net.tls;

import io.kqueueserver.net.tls.ClientHelloPeek.Verdict;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Parses a ClientHello without consuming its bytes. Each call with more bytes begins anew, which is
 * cheap because lengths are checked first.
 *
 * <pre>
 * record     type(1)=22 version(2) length(2) fragment      RFC 8446 5.1
 * handshake  type(1)=1  length(3)  body                    RFC 8446 4, over one or more records
 * body       version(2) random(32) session&lt;1&gt; suites&lt;2&gt; compression&lt;1&gt; extensions&lt;2&gt;
 * </pre>
 */
final class ClientHelloParser {
  /** 16 KiB: most bytes of the message's records. OpenSSL and browsers send less than 3 KiB. */
  static final int MAX_BYTES = 16 * 1024;

  private static final int HANDSHAKE_HEADER = 4;
  private static final int CLIENT_HELLO = 1;
  private static final int RANDOM = 32;
  private static final int MAX_SESSION_ID = 32;
  private static final int SERVER_NAME = 0;
  private static final int ALPN = 16;
  private static final int MAX_HOST_NAME = 255;

  /** Thrown if lengths do not fit; caught here and returned as {@link Verdict#MALFORMED}. */
  private static final class MalformedException extends Exception {
    private static final long serialVersionUID = 1L;

    MalformedException() {
      super("malformed ClientHello", null, false, false);
    }
  }

  private ClientHelloParser() {}

  /** Parses the buffer's remaining bytes. Position and limit of the buffer do not change. */
  static ClientHelloPeek peek(ByteBuffer in) {
    try {
      return look(in.duplicate());
    } catch (MalformedException e) {
      return Verdict.MALFORMED;
    }
  }

  private static ClientHelloPeek look(ByteBuffer in) throws MalformedException {
    int available = 0; // bytes of the handshake message in the records that are complete
    int wanted = HANDSHAKE_HEADER;
    int at = in.position();
    while (available < wanted) {
      int left = in.limit() - at;
      if ((left > 0 && in.get(at) != TlsRecords.HANDSHAKE)
          || (left > 1 && in.get(at + 1) != TlsRecords.MAJOR_VERSION)) {
        return at == in.position() ? Verdict.NOT_TLS : Verdict.MALFORMED;
      }
      if (left < TlsRecords.HEADER) {
        return unfinished(in);
      }
      int length = in.getShort(at + 3) & 0xffff;
      if (length == 0 || length > TlsRecords.MAX_PLAINTEXT) {
        return Verdict.MALFORMED; // RFC 8446 5.1: no empty fragments of handshake messages
      }
      if (left < TlsRecords.HEADER + length) {
        return unfinished(in);
      }
      available += length;
      at += TlsRecords.HEADER + length;
      if (wanted == HANDSHAKE_HEADER && available >= HANDSHAKE_HEADER) {
        ByteBuffer header = message(in, HANDSHAKE_HEADER);
        int typeAndLength = header.getInt();
        if (typeAndLength >>> 24 != CLIENT_HELLO) {
          return Verdict.MALFORMED;
        }
        wanted += typeAndLength & 0xffffff;
        if (wanted > MAX_BYTES) {
          return Verdict.TOO_LARGE;
        }
      }
    }
    ByteBuffer message = message(in, wanted);
    message.position(HANDSHAKE_HEADER);
    return body(message);
  }

  private static Verdict unfinished(ByteBuffer in) {
    return in.remaining() >= MAX_BYTES ? Verdict.TOO_LARGE : Verdict.NEED_MORE;
  }

  /** The first bytes of the message, joined from the fragments of its records. */
  private static ByteBuffer message(ByteBuffer in, int length) {
    ByteBuffer whole = ByteBuffer.allocate(length);
    for (int at = in.position(); whole.hasRemaining(); ) {
      int fragment = in.getShort(at + 3) & 0xffff;
      at += TlsRecords.HEADER;
      int n = Math.min(fragment, whole.remaining());
      whole.put(whole.position(), in, at, n).position(whole.position() + n);
      at += fragment;
    }
    return whole.flip();
  }

  private static ClientHello body(ByteBuffer in) throws MalformedException {
    skip(in, 2 + RANDOM);
    if (vector(in, 1).remaining() > MAX_SESSION_ID) {
      throw new MalformedException();
    }
    int suites = vector(in, 2).remaining();
    if (suites == 0 || suites % 2 != 0 || !vector(in, 1).hasRemaining()) {
      throw new MalformedException();
    }
    ByteBuffer serverName = null;
    ByteBuffer alpn = null;
    if (in.hasRemaining()) { // RFC 5246 7.4.1.2: extensions may be left out
      ByteBuffer extensions = vector(in, 2);
      while (extensions.hasRemaining()) {
        int type = number(extensions, 2);
        ByteBuffer data = vector(extensions, 2);
        if (type == SERVER_NAME) {
          serverName = once(serverName, data);
        } else if (type == ALPN) {
          alpn = once(alpn, data);
        }
      }
    }
    if (in.hasRemaining()) {
      throw new MalformedException();
    }
    return new ClientHello(
        serverName == null ? null : hostName(serverName), alpn == null ? List.of() : names(alpn));
  }

  private static ByteBuffer once(@Nullable ByteBuffer before, ByteBuffer data)
      throws MalformedException {
    if (before != null) {
      throw new MalformedException(); // RFC 8446 4.2: no extension twice
    }
    return data;
  }

  /** RFC 6066 3: a list of names by type, of which only host_name (0) is defined. */
  private static @Nullable String hostName(ByteBuffer data) throws MalformedException {
    ByteBuffer list = vector(data, 2);
    String found = null;
    while (list.hasRemaining()) {
      int type = number(list, 1);
      ByteBuffer name = vector(list, 2);
      if (type == 0) {
        if (found != null) {
          throw new MalformedException();
        }
        found = asHostName(name);
      }
    }
    return found;
  }

  /** The host name; null for bytes that are none, which select no profile. */
  private static @Nullable String asHostName(ByteBuffer name) throws MalformedException {
    if (!name.hasRemaining()) {
      throw new MalformedException();
    }
    if (name.remaining() > MAX_HOST_NAME) {
      return null;
    }
    for (int i = name.position(); i < name.limit(); i++) {
      if (name.get(i) <= ' ') { // bytes over 0x7f are negative
        return null;
      }
    }
    return ServerNames.fold(StandardCharsets.US_ASCII.decode(name).toString());
  }

  /** The names of the ALPN extension (RFC 7301 3.1). */
  private static List<String> names(ByteBuffer data) throws MalformedException {
    ByteBuffer list = vector(data, 2);
    List<String> names = new ArrayList<>();
    while (list.hasRemaining()) {
      ByteBuffer name = vector(list, 1);
      if (!name.hasRemaining()) {
        throw new MalformedException();
      }
      names.add(StandardCharsets.ISO_8859_1.decode(name).toString());
    }
    return names;
  }

  private static int number(ByteBuffer in, int bytes) throws MalformedException {
    if (in.remaining() < bytes) {
      throw new MalformedException();
    }
    return bytes == 1 ? in.get() & 0xff : in.getShort() & 0xffff;
  }

  private static void skip(ByteBuffer in, int bytes) throws MalformedException {
    if (in.remaining() < bytes) {
      throw new MalformedException();
    }
    in.position(in.position() + bytes);
  }

  /** The bytes after a length field of {@code lengthBytes} bytes. */
  private static ByteBuffer vector(ByteBuffer in, int lengthBytes) throws MalformedException {
    int length = number(in, lengthBytes);
    int start = in.position();
    skip(in, length);
    return in.slice(start, length);
  }
}
