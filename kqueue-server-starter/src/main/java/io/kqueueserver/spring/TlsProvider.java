package io.kqueueserver.spring;

/** Whose engines encrypt the connections of a server, or of one SSL bundle. */
public enum TlsProvider {
  /** The provider that comes first in the JVM's configuration, which is the JDK's own as a rule. */
  JDK,
  /** Conscrypt. The start fails if it is missing, or cannot do what is asked of it. */
  CONSCRYPT,
  /** Conscrypt if it is there and can do what is asked of it, else as {@link #JDK}. */
  AUTO
}
