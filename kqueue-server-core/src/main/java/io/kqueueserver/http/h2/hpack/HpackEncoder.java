package io.kqueueserver.http.h2.hpack;

import org.jspecify.annotations.Nullable;

/**
 * Encodes the field blocks of one connection (RFC 7541). A block is begun, given its fields, and
 * written by {@link #finish}; until then nothing of it matters, so a block may be given up at any
 * time. What {@link #finish} wrote must be sent, and in the order it was written: the peer's table
 * follows it.
 *
 * <p>A field is written as an index where the tables have it, and else as a literal which enters
 * the table if its value may come again; {@link FieldName.Indexing} classifies names. Nothing is
 * allocated for a field whose name was used lately. One per connection; not thread-safe.
 */
public final class HpackEncoder {
  private static final int FIRST_STATUS = 100;
  private static final int LAST_STATUS = 999;
  private static final FieldName STATUS = FieldName.of(":status");

  /** Filled by whichever loop needs one first; any of them makes an equal String. */
  private static final @Nullable String[] STATUSES =
      new @Nullable String[LAST_STATUS - FIRST_STATUS + 1];

  /** Two size updates of at most six octets. */
  private static final int MAX_SIZE_UPDATE_BYTES = 12;

  // RFC 7541 6: the pattern of a first octet, and the bits that belong to its integer.
  private static final int INDEXED = 0x80;
  private static final int INDEXED_PREFIX = 0x7f;
  private static final int INDEXING = 0x40;
  private static final int INDEXING_PREFIX = 0x3f;
  private static final int SIZE_UPDATE = 0x20;
  private static final int SIZE_UPDATE_PREFIX = 0x1f;
  private static final int NEVER_INDEXED = 0x10;
  private static final int NOT_INDEXED = 0x00;
  private static final int NOT_INDEXED_PREFIX = 0x0f;

  private final StagedFields staged;
  private final int ownMaxTableSize;

  /** The peer's decoder begins with the default size, and learns of another by a size update. */
  private final EncoderTable table = new EncoderTable(HpackDecoder.DEFAULT_TABLE_SIZE);

  private int wantedSize;

  /** The smallest size wanted since the last block. */
  private int lowestSize;

  private boolean broken;

  /**
   * An encoder for a peer that has announced nothing yet.
   *
   * @param maxTableSize the octets that the table may hold, even if the peer allows more
   */
  public HpackEncoder(HpackWorkspace workspace, int maxTableSize) {
    staged = workspace.staged;
    ownMaxTableSize = maxTableSize;
    wantedSize = Math.min(maxTableSize, HpackDecoder.DEFAULT_TABLE_SIZE);
    lowestSize = wantedSize;
  }

  /**
   * The peer's SETTINGS_HEADER_TABLE_SIZE, in octets. The next block begins with the size updates
   * that follow from all changes since the last block: the smallest size, and the last (RFC 7541
   * 4.2).
   */
  public void peerTableSize(long octets) {
    wantedSize = (int) Math.min(octets, ownMaxTableSize);
    lowestSize = Math.min(lowestSize, wantedSize);
  }

  /** Begins a block; one that was not finished is forgotten. */
  public void begin() {
    if (broken) {
      throw new IllegalStateException("an earlier block was not written to its end");
    }
    staged.begin(this);
  }

  /**
   * Adds the status, which must be the first field.
   *
   * @throws IllegalArgumentException if it has not three digits
   */
  public void status(int status) {
    requireBegun();
    staged.add(STATUS, statusText(status));
  }

  /** Adds another pseudo-header field, such as {@code :path}. */
  public void pseudoField(String name, String value) {
    requireBegun();
    staged.pseudoField(name, value);
  }

  /**
   * Adds a field; its name is written in lower case. Chars of the value above U+00FF have no octet
   * and become question marks.
   *
   * @throws IllegalArgumentException if the name is not a token, or the value holds a control
   */
  public void field(String name, String value) {
    requireBegun();
    staged.field(name, value);
  }

  /** Writes the block behind what the output holds. */
  public void finish(HpackOutput out) {
    requireBegun();
    out.ensure(Math.addExact(MAX_SIZE_UPDATE_BYTES, staged.encodedBound()));
    broken = true;
    sizeUpdates(out);
    for (int i = 0; i < staged.count(); i++) {
      write(staged.name(i), staged.value(i), out);
    }
    broken = false;
    staged.begin(null);
  }

  /** Whether a block was not written to its end: no further block could be read. */
  public boolean isBroken() {
    return broken;
  }

  /** The size of the table in octets, as RFC 7541 4.1 counts them. */
  public int tableSize() {
    return table.size();
  }

  private void requireBegun() {
    if (!staged.belongsTo(this)) {
      throw new IllegalStateException("no block was begun, or another connection has begun one");
    }
  }

  private void sizeUpdates(HpackOutput out) {
    if (lowestSize < table.maxSize()) {
      sizeUpdate(lowestSize, out);
    }
    if (wantedSize != table.maxSize()) {
      sizeUpdate(wantedSize, out);
    }
    lowestSize = wantedSize;
  }

  private void sizeUpdate(int octets, HpackOutput out) {
    out.integer(SIZE_UPDATE, SIZE_UPDATE_PREFIX, octets);
    table.maxSize(octets);
  }

  private void write(FieldName name, String value, HpackOutput out) {
    int nameIndex = name.staticIndex();
    if (name.indexing() == FieldName.Indexing.NEVER_INDEXED) {
      literal(NEVER_INDEXED, NOT_INDEXED_PREFIX, nameIndex, name, value, out);
      return;
    }
    int index = nameIndex == 0 ? 0 : StaticTable.find(nameIndex, value);
    if (index == 0 && name.indexing() == FieldName.Indexing.INDEXED) {
      int found = table.find(name.text(), value);
      if (found > 0) {
        index = StaticTable.LENGTH + found;
      } else if (found < 0 && nameIndex == 0) {
        nameIndex = StaticTable.LENGTH - found;
      }
    }
    if (index != 0) {
      out.integer(INDEXED, INDEXED_PREFIX, index);
    } else if (name.indexing() == FieldName.Indexing.INDEXED && isWorthItsRoom(name, value)) {
      literal(INDEXING, INDEXING_PREFIX, nameIndex, name, value, out);
      table.add(name.text(), value);
    } else {
      literal(NOT_INDEXED, NOT_INDEXED_PREFIX, nameIndex, name, value, out);
    }
  }

  private void literal(
      int pattern, int prefix, int nameIndex, FieldName name, String value, HpackOutput out) {
    out.integer(pattern, prefix, nameIndex);
    if (nameIndex == 0) {
      out.string(staged.octets(name.text()), name.text().length());
    }
    out.string(staged.octets(value), value.length());
  }

  /** A field that fills most of the table would drive out nearly all others. */
  private boolean isWorthItsRoom(FieldName name, String value) {
    long size = HeaderTable.sizeOf(name.text().length(), value.length());
    return size <= table.maxSize() - (table.maxSize() >> 2);
  }

  /** One String per status, so that a response makes none. */
  private static String statusText(int status) {
    if (status < FIRST_STATUS || status > LAST_STATUS) {
      throw new IllegalArgumentException("status " + status + " has not three digits");
    }
    String text = STATUSES[status - FIRST_STATUS];
    if (text == null) {
      text = Integer.toString(status);
      STATUSES[status - FIRST_STATUS] = text;
    }
    return text;
  }
}
