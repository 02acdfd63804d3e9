-- Sends the form of a letter again and again: a new form token each time, so each is a new letter.
-- Needs COOKIE and CSRF in the environment; prints one line of figures at the end.
local cookie, csrf = os.getenv("COOKIE"), os.getenv("CSRF")
local alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
local words = "&kind=complaint&subject=%E8%B7%AF%E7%81%AF%E4%B8%8D%E4%BA%AE&text=%E5%B0%8F%E5%8C%BA%E9%97%A8%E5%8F%A3" ..
  "%E7%9A%84%E8%B7%AF%E7%81%AF%E5%9D%8F%E4%BA%86%E4%B8%80%E4%B8%AA%E6%98%9F%E6%9C%9F%EF%BC%8C%E6%99%9A%E4%B8%8A" ..
  "%E5%BE%88%E9%BB%91%EF%BC%8C%E8%80%81%E4%BA%BA%E6%91%94%E8%BF%87%E4%BA%A4&place=%E6%96%87%E5%BA%99%E8%A1%97"
math.randomseed(os.time())

local function token()
  local letters = {}
  for i = 1, 22 do
    local place = math.random(#alphabet)
    letters[i] = alphabet:sub(place, place)
  end
  return table.concat(letters)
end

wrk.method = "POST"
wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
wrk.headers["Cookie"] = cookie

function request()
  return wrk.format(nil, nil, nil, "csrf_token=" .. csrf .. "&form_token=" .. token() .. words)
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
