package io.kqueueserver.example.cluster;

import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.WebSession;

/** Counts the visits of a session, which lives in Redis: any process counts on. */
@RestController
class VisitController {
  private static final String VISITS = "visits";

  @PostMapping("/visits")
  Visits visit(WebSession session) {
    Integer before = session.getAttribute(VISITS);
    int visits = before == null ? 1 : before + 1;
    session.getAttributes().put(VISITS, visits);
    return new Visits(visits, ProcessHandle.current().pid());
  }

  record Visits(int visits, long process) {}
}
