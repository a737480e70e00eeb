-- KEYS: hash, stream. ARGV: eight for each write: its number, owner, kind, and up to five values.
local hash, stream = KEYS[1], KEYS[2]
local owner, seq, over, handled, acked, accepted =
    unpack(redis.call('HMGET', hash, 'owner', 'seq', 'end', 'handled', 'acked', 'accepted'))
if not owner then return 'gap' end
seq, handled, acked, accepted = tonumber(seq), tonumber(handled), tonumber(acked), tonumber(accepted)

-- Check all writes before applying any.
for at = 1, #ARGV, 8 do
    if ARGV[at + 1] ~= owner then return 'fenced' end
    if tonumber(ARGV[at]) ~= seq + 1 or over then return 'gap' end
    seq = seq + 1
    if ARGV[at + 2] == 'swap' then owner = ARGV[at + 3] end
    if ARGV[at + 2] == 'end' then over = true end
end

local apply = {}

local function append(kind)
    return function(payload, cost)
        accepted = accepted + 1
        redis.call('XADD', stream, id(accepted), kind, payload, 'cost', cost)
    end
end
apply.text, apply.binary = append('text'), append('binary')

function apply.skip(number)
    number = tonumber(number)
    if number > acked and number <= accepted then redis.call('HSET', hash, 'd' .. text(number), '') end
end

function apply.trim(number)
    local last = math.min(tonumber(number), accepted)
    if last <= acked then return end
    for _, entry in ipairs(redis.call('XRANGE', stream, '-', id(last))) do
        local dropped = redis.call('HDEL', hash, 'd' .. string.match(entry[1], '^%d+'))
        if dropped == 0 then redis.call('HINCRBY', hash, 'acked_cost', entry[2][4]) end
    end
    redis.call('XTRIM', stream, 'MINID', id(last + 1))
    acked = last
end

function apply.handled(count, cost)
    if tonumber(count) > handled then
        handled = tonumber(count)
        redis.call('HSET', hash, 'handled', count, 'handled_cost', cost)
    end
end

function apply.swap(nonce, secret, before, old, attempt)
    redis.call('HSET', hash, 'owner', nonce, 'secret', secret, 'previous_owner', before, 'previous_secret', old,
        'attempt', attempt)
end

function apply.confirm() redis.call('HDEL', hash, 'previous_owner', 'previous_secret') end

local last
-- The application may have committed a later position than the session knows of.
apply['end'] = function(why, count)
    handled = math.max(handled, tonumber(count))
    last = why
end

for at = 1, #ARGV, 8 do
    apply[ARGV[at + 2]](ARGV[at + 3], ARGV[at + 4], ARGV[at + 5], ARGV[at + 6], ARGV[at + 7])
end
redis.call('HSET', hash, 'seq', text(seq), 'acked', text(acked), 'accepted', text(accepted))
if last then finish(hash, stream, last, text(handled)) end
return text(handled)
