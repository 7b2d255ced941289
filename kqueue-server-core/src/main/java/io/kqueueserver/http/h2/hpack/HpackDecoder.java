package io.kqueueserver.http.h2.hpack;

import io.kqueueserver.http.HttpException;
import io.kqueueserver.http.Limits;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Decodes the field blocks of one connection (RFC 7541), in the order they were received. A block
 * is begun by one of the {@code begin} methods, comes in any pieces through {@link #decode}, and is
 * complete with {@link #end}.
 *
 * <p>The table is part of the connection: every block must pass through, also that of a stream
 * which is refused. So a block that crosses the {@link Limits} is decoded to its end, but no more
 * of its fields reach the sink, and {@link #end} returns what was crossed.
 *
 * <p>Octets held: the table ({@link #tableSize} at most what was announced), and one incomplete
 * literal, no longer than the larger of table and limits. No array is made because of a length that
 * was only announced. The work is linear in the octets received; an indexed field costs no copy.
 *
 * <p>After an exception the decoder is of no more use. One per connection; not thread-safe.
 */
public final class HpackDecoder {
  /** The size of a table in octets before anything was negotiated (RFC 9113 6.5.2). */
  public static final int DEFAULT_TABLE_SIZE = 4096;

  /** The smallest on the way, then the final one (RFC 7541 4.2). */
  private static final int MAX_SIZE_UPDATES = 2;

  private enum State {
    NO_BLOCK,
    REPRESENTATION,
    INTEGER,
    NAME,
    VALUE,
    /** A call is under way, or ended in an exception. */
    BROKEN
  }

  /** What begins with an integer, and how many bits of its first octet belong to that. */
  private enum Representation {
    INDEXED(0x7f), // 1....... RFC 7541 6.1
    INDEXING(0x3f), // 01...... 6.2.1
    SIZE_UPDATE(0x1f), // 001..... 6.3
    NEVER_INDEXED(0x0f), // 0001.... 6.2.3
    NOT_INDEXED(0x0f); // 0000.... 6.2.2

    final int prefix;

    Representation(int prefix) {
      this.prefix = prefix;
    }
  }

  /** An indexed field whose index does not fit the first octet. */
  private static final byte INDEX_GOES_ON = (byte) 0xff;

  private static final FieldSink NOWHERE = (name, value, neverIndexed) -> {};

  private final byte[] input;
  private final TextBuffer text;
  private final LiteralReader literal;
  private final PrefixedInteger integer = new PrefixedInteger();
  private final FieldBudget budget;
  private final HeaderTable table = new HeaderTable(DEFAULT_TABLE_SIZE);

  private State state = State.NO_BLOCK;
  private Representation representation = Representation.INDEXED;
  private FieldSink sink = NOWHERE;
  private boolean handsOn;
  private boolean fieldSeen;
  private int sizeUpdates;

  /** The name of the literal field under way; null if it was too long to keep. */
  private @Nullable String name;

  private int acknowledgedSize = DEFAULT_TABLE_SIZE;

  /** The size to which the next block must reduce the table; -1 for none. */
  private int owedSize = -1;

  /**
   * A decoder whose table has the default size.
   *
   * @param limits what one block may hold, measured as HTTP/1 would
   */
  public HpackDecoder(HpackWorkspace workspace, Limits limits) {
    input = workspace.input;
    text = new TextBuffer(workspace.text);
    literal = new LiteralReader(text);
    budget = new FieldBudget(limits);
  }

  /**
   * The peer has acknowledged the server's SETTINGS_HEADER_TABLE_SIZE, in octets. If it is smaller
   * than the table, the next block must begin with a size update (RFC 7541 4.2).
   */
  public void acknowledgedTableSize(int octets) {
    acknowledgedSize = octets;
    if (octets < table.maxSize()) {
      owedSize = owedSize < 0 ? octets : Math.min(owedSize, octets);
    }
  }

  /** The next octets are a block that opens a stream. */
  public void beginHead(FieldSink fields) {
    budget.beginHead();
    begin(fields, true);
  }

  /** The next octets are a block that ends a stream's body. */
  public void beginTrailers(FieldSink fields) {
    budget.beginTrailers();
    begin(fields, true);
  }

  /** The next octets are a block that matters only for the table: its stream is not served. */
  public void beginDiscarded() {
    budget.beginHead();
    begin(NOWHERE, false);
  }

  /** Hands on no further field of the block under way. May be called by its sink. */
  public void discard() {
    handsOn = false;
  }

  /**
   * Decodes a piece of the block, all that remains in the buffer.
   *
   * @throws HpackException if no block can begin like this
   */
  public void decode(ByteBuffer in) {
    State resumed = state;
    if (resumed == State.NO_BLOCK) {
      throw new IllegalStateException("no block was begun");
    }
    requireSound();
    while (in.hasRemaining()) {
      int octets = Math.min(in.remaining(), input.length);
      in.get(input, 0, octets);
      state = State.BROKEN;
      resumed = decode(resumed, octets);
    }
    text.keep();
    state = resumed;
  }

  /**
   * The block is complete.
   *
   * @return the limit it crossed, so that not all fields were handed on; or null
   * @throws HpackException if the block ends within a field, or lacks a size update
   */
  public @Nullable HttpException end() {
    State ended = state;
    requireSound();
    state = State.BROKEN;
    if (ended != State.REPRESENTATION) {
      throw new HpackException("block ends within a field");
    }
    requireNoOwedUpdate();
    sink = NOWHERE;
    state = State.NO_BLOCK;
    return budget.refusal();
  }

  /** The size of the table in octets, as RFC 7541 4.1 counts them. */
  public int tableSize() {
    return table.size();
  }

  /** The octets held between two calls: the table, and the array of an incomplete literal. */
  public int heldBytes() {
    return table.size() + text.heldBytes();
  }

  private void begin(FieldSink fields, boolean handOn) {
    requireSound();
    if (state != State.NO_BLOCK) {
      throw new IllegalStateException("a block is under way");
    }
    sink = fields;
    handsOn = handOn;
    fieldSeen = false;
    sizeUpdates = 0;
    state = State.REPRESENTATION;
  }

  private void requireSound() {
    if (state == State.BROKEN) {
      throw new IllegalStateException("an earlier block could not be decoded");
    }
  }

  private State decode(State from, int to) {
    byte[] b = input;
    State now = from;
    int i = 0;
    while (i < to) {
      switch (now) {
        case REPRESENTATION -> {
          int octet = b[i++];
          if (octet < 0 && octet != INDEX_GOES_ON) {
            indexed(octet & Representation.INDEXED.prefix);
            continue; // most fields of most requests
          }
          representation = representation(octet);
          now = integer.begin(octet, representation.prefix) ? afterInteger() : State.INTEGER;
        }
        case INTEGER -> now = integer.next(b[i++]) ? afterInteger() : State.INTEGER;
        case NAME -> {
          i = literal.read(b, i, to);
          now = literal.isDone() ? afterName() : State.NAME;
        }
        case VALUE -> {
          i = literal.read(b, i, to);
          now = literal.isDone() ? afterValue() : State.VALUE;
        }
        default -> throw new IllegalStateException(now.toString());
      }
    }
    return now;
  }

  private static Representation representation(int octet) {
    if ((octet & 0x80) != 0) {
      return Representation.INDEXED;
    }
    if ((octet & 0x40) != 0) {
      return Representation.INDEXING;
    }
    if ((octet & 0x20) != 0) {
      return Representation.SIZE_UPDATE;
    }
    return (octet & 0x10) != 0 ? Representation.NEVER_INDEXED : Representation.NOT_INDEXED;
  }

  private State afterInteger() {
    int value = integer.value();
    if (representation == Representation.SIZE_UPDATE) {
      updateSize(value);
      return State.REPRESENTATION;
    }
    if (representation == Representation.INDEXED) {
      indexed(value);
      return State.REPRESENTATION;
    }
    requireNoOwedUpdate();
    fieldSeen = true;
    if (value == 0) {
      literal.begin(mostToKeep(handsOn ? budget.roomForName() : 0, 0));
      return State.NAME;
    }
    return beginValue(nameAt(value));
  }

  private State afterName() {
    TextBuffer octets = literal.text();
    String read = octets == null ? null : octets.toName();
    text.clear();
    if (read == null && handsOn) {
      budget.tooLarge(null);
      handsOn = false;
    }
    return beginValue(read);
  }

  private State beginValue(@Nullable String read) {
    name = read;
    if (read == null) {
      literal.begin(0);
    } else {
      literal.begin(mostToKeep(handsOn ? budget.roomForValue(read) : 0, read.length()));
    }
    return State.VALUE;
  }

  private State afterValue() {
    TextBuffer octets = literal.text();
    String read = name;
    boolean indexing = representation == Representation.INDEXING;
    if (octets == null || read == null) {
      if (handsOn) {
        budget.tooLarge(read);
        handsOn = false;
      }
      if (indexing) {
        table.clear(); // RFC 7541 4.4: larger than the table
      }
    } else {
      handsOn = handsOn && budget.take(read, octets.length());
      if (handsOn || indexing) {
        literalField(read, octets.toValue(), indexing);
      }
    }
    name = null;
    text.clear();
    return State.REPRESENTATION;
  }

  private void literalField(String read, String value, boolean indexing) {
    if (indexing) {
      table.add(read, value);
    }
    if (handsOn) {
      sink.field(read, value, representation == Representation.NEVER_INDEXED);
    }
  }

  private void indexed(int index) {
    requireNoOwedUpdate();
    fieldSeen = true;
    String read = nameAt(index);
    if (!handsOn) {
      return;
    }
    String value =
        index <= StaticTable.LENGTH ? StaticTable.value(index) : table.value(dynamic(index));
    if (budget.take(read, value.length())) {
      sink.field(read, value, false);
    } else {
      handsOn = false;
    }
  }

  private String nameAt(int index) {
    if (index == 0) {
      throw new HpackException("index 0");
    }
    if (index <= StaticTable.LENGTH) {
      return StaticTable.name(index);
    }
    if (dynamic(index) > table.count()) {
      throw new HpackException(
          "index " + index + ", but the tables end at " + (StaticTable.LENGTH + table.count()));
    }
    return table.name(dynamic(index));
  }

  private static int dynamic(int index) {
    return index - StaticTable.LENGTH;
  }

  private void updateSize(int octets) {
    if (fieldSeen) {
      throw new HpackException("table size update behind a field");
    }
    if (++sizeUpdates > MAX_SIZE_UPDATES) {
      throw new HpackException("more than " + MAX_SIZE_UPDATES + " table size updates in a block");
    }
    if (octets > acknowledgedSize) {
      throw new HpackException(
          "table size update to " + octets + ", but the setting is " + acknowledgedSize);
    }
    if (owedSize >= 0 && octets <= owedSize) {
      owedSize = -1;
    }
    requireNoOwedUpdate();
    table.maxSize(octets);
  }

  private void requireNoOwedUpdate() {
    if (owedSize >= 0) {
      throw new HpackException("no table size update to " + owedSize + " or less");
    }
  }

  /**
   * The octets worth keeping of a literal: what may be handed on, and what may enter the table.
   *
   * @param before octets that belong to the same entry of the table
   */
  private int mostToKeep(int forSink, int before) {
    return representation == Representation.INDEXING
        ? Math.max(forSink, table.maxSize() - HeaderTable.ENTRY_OVERHEAD - before)
        : forSink;
  }
}
