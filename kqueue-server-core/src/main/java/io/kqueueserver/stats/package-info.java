/**
 * Single-writer counters and log-linear histograms, written on the hot path and read racily from
 * outside; a leaf.
 */
@NullMarked
package io.kqueueserver.stats;

import org.jspecify.annotations.NullMarked;
