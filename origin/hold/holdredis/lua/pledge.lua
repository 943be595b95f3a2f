-- An order stands on a hold: its seats are not let go before ARGV[4], in ms, though the hold ARGV[3] ends when it did.
-- KEYS[5] its timer. Answers ok or gone.
local r = record(ARGV[3])
if not r then return {'gone'} end
local marks = redis.call('HMGET', seats, unpack(r.seats))
for i = 1, #r.seats do
  if marks[i] ~= r.id then return {'gone'} end
end
redis.call('ZADD', due, 'XX', 'GT', ARGV[4], r.id)
set_timer(KEYS[5], redis.call('ZSCORE', due, r.id))
return {'ok'}
