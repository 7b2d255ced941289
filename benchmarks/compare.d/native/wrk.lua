-- wrk -s wrk.lua URL -- [PIPELINE-DEPTH [BODY-BYTES [multipart]]]: prints one line of key=value at the end.
function init(args)
  local depth = tonumber(args[1]) or 1
  local body = tonumber(args[2]) or 0
  if body > 0 then
    wrk.method = "POST"
    wrk.headers["Content-Type"] = "application/octet-stream"
    wrk.body = string.rep("x", body)
    if args[3] == "multipart" then
      wrk.headers["Content-Type"] = "multipart/form-data; boundary=frontier"
      wrk.body = '--frontier\r\nContent-Disposition: form-data; name="file"; filename="file"\r\n'
        .. "Content-Type: application/octet-stream\r\n\r\n" .. wrk.body .. "\r\n--frontier--\r\n"
    end
  end
  if depth > 1 then
    local one = wrk.format()
    local many = string.rep(one, depth)
    request = function() return many end
  end
end

function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format(
    "requests=%d seconds=%.6f p50_us=%.1f p99_us=%.1f max_us=%.1f errors=%d bad_status=%d lost=0\n",
    summary.requests, summary.duration / 1e6, latency:percentile(50), latency:percentile(99), latency.max,
    e.connect + e.read + e.write + e.timeout, e.status))
end
