package io.kqueueserver.watch;

/** The watcher on this system's own event queue. */
class FileWatcherTest extends FileWatcherContract {}
