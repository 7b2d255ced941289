package io.kqueueserver.actuate;

import java.util.HashSet;
import java.util.Set;
import org.springframework.boot.actuate.endpoint.Show;
import org.springframework.boot.context.properties.ConfigurationProperties;

/** Settings of the kqueue endpoint. */
@ConfigurationProperties("management.endpoint.kqueue")
public class KqueueEndpointProperties {
  /** When to show clients' addresses and the paths of requests unmasked. */
  private Show showValues = Show.NEVER;

  /** Roles whose members see values with "when-authorized"; none means any authenticated user. */
  private final Set<String> roles = new HashSet<>();

  public Show getShowValues() {
    return showValues;
  }

  public void setShowValues(Show showValues) {
    this.showValues = showValues;
  }

  public Set<String> getRoles() {
    return roles;
  }
}
