package io.kqueueserver.loop;

/** Something left for the end of a turn, so that all the turn's work for it is done in one go. */
@FunctionalInterface
public interface TurnEnd {
  void onTurnEnd();
}
