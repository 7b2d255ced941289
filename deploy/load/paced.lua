-- wrk with a pause between two requests of a connection, so that a restart and not a CPU is measured.
function delay() return 10 end
function done(summary, latency, requests)
  local e = summary.errors
  print(string.format("wrk sent %d failed %d", summary.requests,
    e.connect + e.read + e.write + e.timeout + e.status))
  print(string.format("wrk errors: connect %d read %d write %d timeout %d status %d",
    e.connect, e.read, e.write, e.timeout, e.status))
end
