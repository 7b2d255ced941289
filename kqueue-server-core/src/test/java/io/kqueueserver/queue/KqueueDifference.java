package io.kqueueserver.queue;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/**
 * Where a queue may answer otherwise than the BSDs do: the whole list. An implementation names
 * those that are its own in {@link KqueueFixture#differences()}; the case named here then holds it
 * to the other answer, which is written down there too, so that nothing differs unnoticed.
 *
 * <p>The Linux twin's are {@link #TWIN}; each has the reason why it stays.
 */
public enum KqueueDifference {
  NO_WRITE_EDGE_PER_ACK(
      "an EV_CLEAR WRITE knote may fire again at each acknowledgement",
      "epoll reports OUT again only after the buffer was full; the contract calls the edges of the"
          + " BSDs a hint that costs a call to ignore",
      "anAcknowledgementSaysNoMoreThanThatThereIsRoom"),
  LISTENER_EDGE_COMES_ONCE(
      "an EV_CLEAR listener fires again after accept while connections are left",
      "epoll's edge is an arrival; asking again would cost a call per accept. Our acceptor is level"
          + " triggered, as the BSDs' accept filters also want it",
      "aClearedListenerFiresAgainWhileConnectionsAreLeft"),
  NO_EOF_AFTER_OWN_SHUTDOWN(
      "after one's own shutdown(SHUT_WR) the WRITE filter reports EV_EOF",
      "epoll reports plain EPOLLOUT; finding out would cost a call per WRITE event, and who shut"
          + " it down knows",
      "oneOwnsShutdownOfWritingIsEofOnTheWriteFilter"),
  CLOSED_DESCRIPTOR_LIVES_ON_IN_ITS_DUP(
      "closing a registered descriptor forgets its knotes although a dup of it stays open",
      "an epoll entry belongs to the open file, epoll(7); nothing tells of the close. EV_DELETE"
          + " before closing a descriptor that was dup'd",
      "aClosedDescriptorIsForgottenThoughADupLives"),
  TELLING_THE_ERROR_TAKES_IT(
      "reading fflags of an EV_EOF event leaves the error for the next read or write",
      "Linux keeps it in SO_ERROR, which asking clears; it is asked when fflags is, once for both"
          + " filters, and not at all by those who only look at EV_EOF",
      "aReadAfterTheErrorWasToldFailsOnce"),
  EVENT_TAKES_THE_ERROR(
      "an EV_EOF event whose fflags nobody reads leaves the error for the next read",
      "libraries over epoll, such as libkqueue 2.7, ask for it with each event; the twin does not",
      "aReadAfterAResetFailsOnceAndThenIsTheEnd"),
  UNCONNECTED_SOCKET_FIRES(
      "a stream socket that was never connected is silent",
      "epoll reports EPOLLHUP for it, on the WRITE filter exactly as after a reset",
      "aSocketNeverConnectedIsSilent"),
  NO_REGULAR_FILES(
      "EVFILT_READ on a regular file tells the bytes to its end",
      "epoll_ctl refuses files with EPERM, and files are read by FileWorker or sendfile",
      "aRegularFileTellsTheBytesToItsEnd"),
  NO_LOW_WATER_FOR_WRITING(
      "NOTE_LOWAT on EVFILT_WRITE holds the event back until there is that much space",
      "Linux has no SO_SNDLOWAT, socket(7); its own threshold of a third stays",
      "aLowWaterMarkHoldsBackWritability"),
  ACCEPT_TELLS_OF_RESET_LATER(
      "a connection reset before accept is refused by accept",
      "Linux accepts it and fails the first read; that is the kernel's accept(2), not the queue's",
      "aConnectionResetBeforeAcceptLeavesNothingBehind"),
  LOW_WATER_IS_THE_SOCKETS(
      "NOTE_LOWAT on EVFILT_READ holds back the events of its own knote",
      "epoll has no mark of its own, so the socket's is set, SO_RCVLOWAT of socket(7): a second"
          + " queue on the same socket is held back with it",
      "aLowWaterMarkHoldsBackEveryQueueOfTheSocket"),
  TRUNCATION_IS_A_WRITE(
      "cutting a file short is NOTE_ATTRIB, or on NetBSD nothing",
      "inotify has one event for all contents, and a change lost is worse than one too many",
      "cuttingShortIsAWrite"),
  UNSEEN_LINK_IS_AN_ATTRIBUTE(
      "a link made and removed between two polls is NOTE_LINK",
      "inotify says the same of a link and of chmod(2), and the count is what it was",
      "aLinkNobodySawIsAnAttribute"),
  OVERFLOW_TELLS_WHAT_MAY_BE(
      "notes are of what happened, however much happens between two polls",
      "inotify's queue has an end, inotify(7): past it, whatever cannot be ruled out by looking is"
          + " reported",
      "anOverflowLosesNoChange"),
  NO_REVOKE(
      "NOTE_REVOKE tells of revoke(2) and of a forced unmount",
      "Linux has no revoke(2), and unmounts nothing that is open",
      "askingForRevokeIsTakenAndSilent"),
  SAME_FILE_UNDER_ITS_OLD_NUMBER(
      "closing a watched descriptor forgets its knote",
      "nothing tells of the close, and of the same file opened under the same number nothing is"
          + " different; Kqueue.forget before the close tells",
      "theSameFileUnderTheSameNumberIsTakenForTheOldOne"),
  EACH_TIMER_IS_A_DESCRIPTOR(
      "a timer costs kernel memory, up to a limit of the system's",
      "it is a timerfd, so one too many is EMFILE; a loop has deadlines for its many timeouts",
      "aTimerfdLivesAsLongAsItsTimer"),
  DISPATCH_YIELDS_TO_CLEAR(
      "EV_DISPATCH with EV_CLEAR disables after each event",
      "NetBSD, kern_event.c of 7 and 10: EV_CLEAR is looked at first, and alone",
      "dispatchWithClearIsDisabledToo"),
  ENABLE_KEEPS_OLD_STATE(
      "EV_ENABLE takes the new udata, and an EV_CLEAR knote reports old data again after it",
      "NetBSD before 10 did neither",
      "enablingReplacesUdataAndReportsWhatIsUnread"),
  ADDED_AGAIN_A_TIMER_RUNS_ON(
      "adding a timer again begins its period anew and forgets what had expired",
      "NetBSD before 10, kern_event.c: only data and udata change; the period that runs ends first",
      "addingAgainRestartsAndForgetsWhatExpired"),
  TRIGGER_IN_ADD_MAY_FIRE(
      "NOTE_TRIGGER in the change that adds the knote does not fire",
      "read in xnu's filt_userattach, which looks at it; not run there yet",
      "aTriggerInTheChangeThatAddsIsLost");

  /** What the Linux twin does otherwise. */
  public static final Set<KqueueDifference> TWIN =
      Collections.unmodifiableSet(
          EnumSet.of(
              NO_WRITE_EDGE_PER_ACK,
              LISTENER_EDGE_COMES_ONCE,
              NO_EOF_AFTER_OWN_SHUTDOWN,
              CLOSED_DESCRIPTOR_LIVES_ON_IN_ITS_DUP,
              TELLING_THE_ERROR_TAKES_IT,
              UNCONNECTED_SOCKET_FIRES,
              NO_REGULAR_FILES,
              NO_LOW_WATER_FOR_WRITING,
              ACCEPT_TELLS_OF_RESET_LATER,
              LOW_WATER_IS_THE_SOCKETS,
              TRUNCATION_IS_A_WRITE,
              UNSEEN_LINK_IS_AN_ATTRIBUTE,
              OVERFLOW_TELLS_WHAT_MAY_BE,
              NO_REVOKE,
              SAME_FILE_UNDER_ITS_OLD_NUMBER,
              EACH_TIMER_IS_A_DESCRIPTOR));

  private final String theBsds;
  private final String reason;
  private final String pinnedBy;

  KqueueDifference(String theBsds, String reason, String pinnedBy) {
    this.theBsds = theBsds;
    this.reason = reason;
    this.pinnedBy = pinnedBy;
  }

  /** What the BSDs do. */
  public String theBsds() {
    return theBsds;
  }

  /** The reason of the difference, with the implementations that differ. */
  public String reason() {
    return reason;
  }

  /** The case, of the contract or of the twin's own tests, that holds either to its answer. */
  public String pinnedBy() {
    return pinnedBy;
  }
}
