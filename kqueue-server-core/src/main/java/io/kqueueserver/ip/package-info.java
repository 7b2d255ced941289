/** IP addresses and ranges of them as text; nothing is ever looked up by name. A leaf. */
@NullMarked
package io.kqueueserver.ip;

import org.jspecify.annotations.NullMarked;
