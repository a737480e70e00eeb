-- KEYS: leases. ARGV: key prefix of hashes, key prefix of streams, lease of a tombstone.
local ended = 0
for _, name in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', lease(0), 'LIMIT', 0, 1000)) do
    local hash, stream = ARGV[1] .. name, ARGV[2] .. name
    -- What makes no sense is deleted, and must not keep the others from their end.
    local stored = redis.pcall('HMGET', hash, 'handled', 'acked', 'end')
    if not stored.err and stored[1] and stored[2] and not stored[3] then
        finish(hash, stream, 'expired', stored[1])
        redis.call('ZADD', KEYS[1], lease(ARGV[3]), name)
        ended = ended + 1
    else
        redis.call('DEL', hash, stream)
        redis.call('ZREM', KEYS[1], name)
    end
end
return ended
