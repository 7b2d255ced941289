package io.kqueueserver.spring.autoconfigure;

import io.kqueueserver.ip.IpRanges;
import io.kqueueserver.server.Admission;
import io.kqueueserver.server.RunningLimits;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Bounds on what clients may have of the application's server at once. The server of a management
 * port of its own has none of them.
 *
 * @param maxConnectionsPerAddress Maximum number of open connections of one client address, by its
 *     first 64 bits in IPv6. A connection above is reset. Trusted proxies and Unix domain sockets
 *     are exempt. Zero means no limit.
 * @param maxRunningRequests Maximum number of requests between their head and the last byte of
 *     their response, over all connections. A request above is answered with 503 and Retry-After.
 *     Zero means no limit.
 * @param runningRequestWait How long a request above max-running-requests waits for another to end
 *     before it is answered with 503. Zero means no wait.
 * @param maxWaitingRequests Maximum number of requests that wait because of running-request-wait. A
 *     request above is answered with 503 at once.
 * @param maxRunningManagementRequests Maximum number of running requests below the actuator's base
 *     path, where management shares the port. They do not count against max-running-requests, so
 *     that health answers under overload. Applies with max-running-requests only.
 */
@ConfigurationProperties("kqueue.server")
public record KqueueAdmissionProperties(
    @DefaultValue("0") int maxConnectionsPerAddress,
    @DefaultValue("0") int maxRunningRequests,
    @DefaultValue("0") Duration runningRequestWait,
    @DefaultValue("1024") int maxWaitingRequests,
    @DefaultValue("16") int maxRunningManagementRequests) {

  /**
   * The options.
   *
   * @param forwarders the addresses whose connections carry requests of many clients
   * @param managementPath the actuator's base path on the same port; null if there is none
   */
  Admission toAdmission(IpRanges forwarders, @Nullable String managementPath) {
    return new Admission(
        maxConnectionsPerAddress,
        forwarders,
        new RunningLimits(
            maxRunningRequests,
            runningRequestWait,
            maxWaitingRequests,
            maxRunningManagementRequests,
            managementPath));
  }
}
