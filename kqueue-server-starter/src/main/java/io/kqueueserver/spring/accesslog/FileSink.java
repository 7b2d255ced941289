package io.kqueueserver.spring.accesslog;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Appends to a file, which is rolled over by size or by day. A roll-over renames {@code access.log}
 * to {@code access.log.2026-11-25}, or to {@code access.log.2026-11-25.1} if the former exists.
 * Every write reaches the kernel, so the end of the process loses no written line.
 */
final class FileSink implements AccessSink {
  private final Path file;
  private final long maxBytes;
  private final boolean daily;
  private final int maxHistory;
  private final Pattern rolled;

  private @Nullable OutputStream out;
  private long size;
  private LocalDate day = LocalDate.MIN;

  FileSink(Path file, long maxBytes, boolean daily, int maxHistory) {
    this.file = file.toAbsolutePath();
    this.maxBytes = maxBytes;
    this.daily = daily;
    this.maxHistory = maxHistory;
    this.rolled =
        Pattern.compile(
            Pattern.quote(file.getFileName().toString())
                + "\\.(\\d{4}-\\d\\d-\\d\\d)(?:\\.(\\d{1,9}))?");
  }

  @Override
  public void write(CharSequence lines, long millis) throws IOException {
    byte[] bytes = lines.toString().getBytes(StandardCharsets.US_ASCII);
    LocalDate today = LocalDate.ofInstant(Instant.ofEpochMilli(millis), ZoneId.systemDefault());
    open();
    boolean newDay = daily && today.isAfter(day);
    if (size > 0 && (newDay || (maxBytes > 0 && size + bytes.length > maxBytes))) {
      roll();
    }
    OutputStream to = open();
    day = today;
    try {
      to.write(bytes);
      size += bytes.length;
    } catch (IOException e) {
      close(); // the end of the file is unknown; the next write looks at it again
      throw e;
    }
  }

  private OutputStream open() throws IOException {
    OutputStream known = out;
    if (known != null) {
      return known;
    }
    Path directory = file.getParent();
    if (directory != null) {
      Files.createDirectories(directory);
    }
    OutputStream opened = new FileOutputStream(file.toFile(), true);
    out = opened;
    size = Files.size(file);
    if (endsWithinALine()) {
      opened.write('\n');
      size++;
    }
    Instant written = Files.getLastModifiedTime(file).toInstant();
    day = LocalDate.ofInstant(written, ZoneId.systemDefault());
    return opened;
  }

  /**
   * Whether the file ends within a line, because a full disk or a crash has cut a write short. The
   * next line would then be appended to that line.
   */
  private boolean endsWithinALine() {
    if (size == 0 || !Files.isRegularFile(file)) {
      return false;
    }
    try (SeekableByteChannel written = Files.newByteChannel(file)) {
      ByteBuffer last = ByteBuffer.allocate(1);
      return written.position(size - 1).read(last) == 1 && last.get(0) != '\n';
    } catch (IOException e) {
      return false; // a file may be writable and not readable
    }
  }

  private void roll() throws IOException {
    close();
    String base = file.getFileName() + "." + day;
    Path target = file.resolveSibling(base);
    for (int n = 1; Files.exists(target); n++) {
      target = file.resolveSibling(base + "." + n);
    }
    Files.move(file, target);
    if (maxHistory > 0) {
      deleteOldest();
    }
  }

  /** A file that was rolled over. */
  private record Rolled(Path path, String day, int number) {}

  private void deleteOldest() throws IOException {
    List<Rolled> all = new ArrayList<>();
    try (Stream<Path> siblings = Files.list(file.resolveSibling("."))) {
      for (Path sibling : (Iterable<Path>) siblings::iterator) {
        Matcher name = rolled.matcher(sibling.getFileName().toString());
        if (name.matches()) {
          int number = name.group(2) == null ? 0 : Integer.parseInt(name.group(2));
          all.add(new Rolled(sibling, name.group(1), number));
        }
      }
    }
    all.sort(Comparator.comparing(Rolled::day).thenComparing(Rolled::number));
    for (Rolled old : all.subList(0, Math.max(0, all.size() - maxHistory))) {
      Files.deleteIfExists(old.path());
    }
  }

  @Override
  public void close() {
    OutputStream open = out;
    out = null;
    if (open != null) {
      try {
        open.close();
      } catch (IOException e) {
        // Every write has reached the kernel before.
      }
    }
  }

  @Override
  public String name() {
    return file.toString();
  }
}
