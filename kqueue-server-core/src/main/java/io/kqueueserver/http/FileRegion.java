package io.kqueueserver.http;

import java.nio.file.Path;

/** Part of a file. */
public record FileRegion(Path file, long position, long count) {}
