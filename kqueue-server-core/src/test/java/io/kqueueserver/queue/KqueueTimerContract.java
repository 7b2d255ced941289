package io.kqueueserver.queue;

/** What every queue must do with timers: EVFILT_TIMER of kqueue(2). */
abstract class KqueueTimerContract extends KqueueFixture {}
