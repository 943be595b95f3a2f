-- ARGV[3] hold, [4] session. Answers ok or not_yours.
local r = record(ARGV[3])
if r and r.expires > now and r.session ~= ARGV[4] then return {'not_yours'} end
reap()
r = record(ARGV[3])
if r and r.session == ARGV[4] then drop(r) end -- another's may be over and pledged
publish()
return {'ok'}
