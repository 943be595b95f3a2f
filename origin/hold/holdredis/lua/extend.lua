-- KEYS[5] timer key; ARGV[3] hold, [4] session, [5] full time in ms, [6] a word of the caller's own, so that a repeated
-- attempt is known. The full time is added to what is left, whenever it is asked for, up to the most that a seat may be
-- kept. Answers ok ..., gone, not_yours or extended.
local full, word = tonumber(ARGV[5]), ARGV[6]
local r = live(ARGV[3])
if not r then return {'gone'} end
if r.session ~= ARGV[4] then return {'not_yours'} end
if r.extended == word then return reply(r) end
local expires = math.min(r.expires + full, r.since + 2 * full)
if r.extended ~= '-' or expires <= r.expires then return {'extended'} end
r.extended, r.expires = word, expires
write(r)
set_timer(KEYS[5], redis.call('ZSCORE', due, r.id))
return reply(r)
