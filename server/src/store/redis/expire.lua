-- KEYS: leases. ARGV: key prefix of hashes, key prefix of streams, lease of a tombstone.
local ended = 0
for _, name in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', lease(0), 'LIMIT', 0, 1000)) do
    local hash, stream = ARGV[1] .. name, ARGV[2] .. name
    local handled, over = unpack(redis.call('HMGET', hash, 'handled', 'end'))
    if handled and not over then
        finish(hash, stream, 'expired', handled)
        redis.call('ZADD', KEYS[1], lease(ARGV[3]), name)
        ended = ended + 1
    else
        redis.call('DEL', hash, stream)
        redis.call('ZREM', KEYS[1], name)
    end
end
return ended
