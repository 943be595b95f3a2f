-- Before a hold is made: KEYS[1] index; ARGV[1] now in microseconds or '0', [2] full time in ms, [3] performance. By the
-- clock that index_due reads, so that the entry is due when the hold is over, whatever time the caller thinks it is.
local now_us = tonumber(ARGV[1])
if now_us == 0 then
  local time = redis.call('TIME')
  now_us = tonumber(time[1]) * 1000000 + tonumber(time[2])
end
return redis.call('ZADD', KEYS[1], 'GT', string.format('%.0f', now_us / 1000 + ARGV[2]), ARGV[3])
