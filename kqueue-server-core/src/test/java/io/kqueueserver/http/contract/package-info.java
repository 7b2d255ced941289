/** What every {@code Exchange} must do, as tests that any implementation can extend. */
package io.kqueueserver.http.contract;
