-- Opens one page again and again, in turn as everybody in COOKIE (one a line); prints one line of figures at the end.
local people = {}
for cookie in os.getenv("COOKIE"):gmatch("[^\n]+") do people[#people + 1] = cookie end
local turn = 0
function request()
  turn = turn % #people + 1
  wrk.headers["Cookie"] = people[turn]
  return wrk.format("GET")
end
-- Prints the figures of a run as one JSON line.
function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '{"requests": %d, "seconds": %.2f, "per_second": %.1f, "p50_ms": %.1f, "p99_ms": %.1f, "max_ms": %.1f, "errors": %d}\n',
    summary.requests, summary.duration / 1e6, summary.requests / (summary.duration / 1e6),
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency.max / 1000,
    errors.connect + errors.read + errors.write + errors.timeout + errors.status))
end
