/**
 * Reading what was written down, and saying what is to be. How it is written stands in fragments/journal.ts.
 *
 * @module
 */
import { script } from "../connection/script.ts";
import { declared } from "./fragments/declared.ts";

/**
 * Reads events: up to `most` elements of a segment from an index on, some 2 MiB at most. Further key: the segment.
 *
 * Returns `ev`, 1 or 0 (the segment holds more), and the elements; without a segment (`reads` is 0) only `ev`.
 */
export const readEvents = script({
  name: "read_events",
  readOnly: true,
  keys: ["map"],
  args: ["reads", "index", "most"],
  body: declared + /* lua */ String.raw`
local reply = { redis.call('HGET', map, 'ev') or '', '0' }
if reads == '0' then return reply end
local at, last, bytes = tonumber(index), tonumber(index) + tonumber(most) - 1, 0
while at <= last do
  local to = math.min(at + 49, last)
  local found = redis.call('LRANGE', KEYS[first_key], whole(at), whole(to))
  for i = 1, #found do
    reply[#reply + 1] = found[i]
    bytes = bytes + #found[i]
  end
  if #found < to - at + 1 then break end
  at = to + 1
  if bytes > 2097152 or at > last then
    reply[2] = '1'
    break
  end
end
return reply
`,
});

/** Says what is to be written down (`<level><history>`); nothing: says what is. */
export const record = script({
  name: "record",
  keys: ["map"],
  args: ["recording"],
  body: /* lua */ String.raw`
local text = redis.call('HGET', map, 'ev') or 'u0||0|0|'
if recording == '' then return string.sub(text, 1, 2) end
redis.call('HSET', map, 'ev', recording .. string.sub(text, 3))
return recording
`,
});

/** Notes that somebody watches until then: who hears of events at once costs a PUBLISH for each request that tells some. */
export const watchEvents = script({
  name: "watch_events",
  keys: ["map"],
  args: ["ends"],
  body: /* lua */ String.raw`
local text = redis.call('HGET', map, 'ev') or 'u0||0|0|'
local rest, watched = string.match(text, '^(.*|)(%d*)$')
if (tonumber(watched) or 0) < tonumber(ends) then redis.call('HSET', map, 'ev', rest .. ends) end
return ''
`,
});

/**
 * Reads the history: the hashes that are given, and what the map still adds up. Returns field, value, field, value …;
 * those of the map begin with `n:`.
 */
export const readHistory = script({
  name: "read_history",
  readOnly: true,
  keys: ["map"],
  args: [],
  body: declared + /* lua */ String.raw`
local reply, fields = {}, {}
for i = first_key, #KEYS do
  local all = redis.call('HGETALL', KEYS[i])
  for j = 1, #all do reply[#reply + 1] = all[j] end
end
local names = redis.call('HKEYS', map)
for i = 1, #names do
  if string.sub(names[i], 1, 2) == 'n:' then fields[#fields + 1] = names[i] end
end
local values = hmget(map, fields)
for i = 1, #fields do
  reply[#reply + 1] = fields[i]
  reply[#reply + 1] = values[fields[i]] or ''
end
return reply
`,
});
