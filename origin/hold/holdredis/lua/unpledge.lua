-- The order of the hold ARGV[3] is over. KEYS[5] its timer. Answers ok.
local r = record(ARGV[3])
if not r then return {'ok'} end
if r.expires > now then
  redis.call('ZADD', due, 'XX', int(r.expires), r.id)
  set_timer(KEYS[5], r.expires)
else
  drop(r)
  publish()
end
return {'ok'}
