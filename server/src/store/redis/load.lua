-- KEYS: hash, stream.
if redis.call('EXISTS', KEYS[1]) == 0 then return false end
return read(KEYS[1], KEYS[2])
