/**
 * What Redis does in one go, none of it if it refuses to write: it looks at what could stand against that before the
 * first change.
 */
const lastId = `
  local function last_id()
    if redis.call('EXISTS', KEYS[1]) == 0 then return false end
    local info = redis.call('XINFO', 'STREAM', KEYS[1])
    for at = 1, #info, 2 do
      if info[at] == 'last-generated-id' then return info[at + 1] end
    end
  end
`;

/** The id that the stream gave last, whether or not that entry is still there; nil without a stream. */
export const lastIdScript: string = `${lastId} return last_id()`;

/**
 * Adds ARGV[2] and further, and keeps about ARGV[1] entries. Each carries the id of the one before: Redis itself does
 * not tell a reader that entries were trimmed, or lost in a restart, before it read them.
 */
export const appendScript: string = `${lastId}
  local before = last_id() or '0-0'
  local ids = {}
  for at = 2, #ARGV do
    before = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*', 'after', before, 'content', ARGV[at])
    ids[at - 1] = before
  end
  return ids
`;

/**
 * Removes some of what is older than ARGV[1] ms by the clock of Redis, but for the newest entry; tells how many. Whole
 * nodes of the stream go first, which costs little, and the rest once there are none.
 */
export const trimScript: string = `${lastId}
  local last = last_id()
  if not last then return 0 end
  local time = redis.call('TIME')
  local oldest_ms = time[1] * 1000 + math.floor(time[2] / 1000) - ARGV[1]
  local from = tonumber(string.match(last, '^%d+')) < oldest_ms and last or string.format('%.0f', math.max(oldest_ms, 0))
  local removed = redis.call('XTRIM', KEYS[1], 'MINID', '~', from, 'LIMIT', 1000)
  if removed == 0 then redis.call('XTRIM', KEYS[1], 'MINID', from) end
  return removed
`;
