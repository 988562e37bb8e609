import { script } from "../connection/script.ts";
import { declared } from "./fragments/declared.ts";
import { sieve } from "./fragments/sieve.ts";

/**
 * The layouts of queues. Arguments: their names.
 *
 * Returns them in the same order, each empty when the queue holds nothing.
 */
export const layouts = script({
  name: "layouts",
  readOnly: true,
  keys: ["map"],
  args: [],
  body: declared + /* lua */ String.raw`
local fields = {}
for at = first_arg, #ARGV do fields[#fields + 1] = 'q:' .. ARGV[at] end
local found, reply = hmget(map, fields), {}
for i = 1, #fields do reply[i] = found[fields[i]] or '' end
return reply
`,
});

/**
 * Some of the lanes of a queue.
 *
 * Returns the cursor of the next part (0: there is none), then names and texts.
 */
export const lanes = script({
  name: "lanes",
  readOnly: true,
  keys: ["lane_table"],
  args: ["cursor"],
  body: /* lua */ String.raw`
local found = redis.call('HSCAN', lane_table, cursor, 'COUNT', '500')
local reply = { found[1] }
for i = 1, #found[2] do reply[i + 1] = found[2][i] end
return reply
`,
});

/**
 * Reads waiting entries from lists, a chunk at a time. Keys: the lists. `contains` is what is to be in an entry, in lower
 * case (nothing: any). Further arguments: the ids that are meant (none: all are).
 *
 * `from` is where to begin in the first list. What was taken since that was told has moved up what follows: `last` is the
 * id that was read last, and is looked for a chunk before.
 *
 * Returns which list to go on with (0: all were read), where, and the id read last; then for each entry the number of its
 * list, where it is, and the entry.
 */
export const scan = script({
  name: "scan",
  readOnly: true,
  keys: [],
  args: ["from", "last", "most", "contains"],
  body: declared + sieve + /* lua */ String.raw`
local chunk, most_entries, most_bytes, most_read = 1000, 20000, 4194304, 33554432
most = tonumber(most)
local meant, all = {}, #ARGV < first_arg
for at = first_arg, #ARGV do meant[ARGV[at]] = true end
local function id_of(entry) return string.match(entry, '^%d|%d+|([^|]*)|') end
local reply, count, bytes, entries_read, bytes_read = { '0', '0', '' }, 0, 0, 0, 0
for i = 1, #KEYS do
  local at = i == 1 and tonumber(from) or 0
  if at > 0 and i == 1 then
    local first = math.max(at - chunk, 0)
    local before = redis.call('LRANGE', KEYS[i], whole(first), whole(at - 1))
    at = first
    for j = #before, 1, -1 do
      if id_of(before[j]) == last then
        at = first + j
        break
      end
    end
  end
  repeat
    local entries = redis.call('LRANGE', KEYS[i], whole(at), whole(at + chunk - 1))
    entries_read = entries_read + #entries
    for j = 1, #entries do
      local id = id_of(entries[j])
      if (all or meant[id]) and may_contain(entries[j], contains) then
        reply[#reply + 1] = whole(i)
        reply[#reply + 1] = whole(at)
        reply[#reply + 1] = entries[j]
        count, bytes = count + 1, bytes + #entries[j]
      end
      at, bytes_read = at + 1, bytes_read + #entries[j]
      local is_enough = entries_read >= most_entries or bytes_read >= most_read
      if count >= most or bytes >= most_bytes or is_enough and j == #entries then
        reply[1], reply[2], reply[3] = whole(i), whole(at), id
        return reply
      end
    end
  until #entries < chunk
end
return reply
`,
});

/**
 * Looks for entries at the ends of lists, where what came last waits: in all of them a chunk, then the next one before it,
 * some 20,000 entries in all. Keys: the lists. Arguments: the ids.
 *
 * Returns the entries that were found.
 */
export const scanEnds = script({
  name: "scan_ends",
  readOnly: true,
  keys: [],
  args: [],
  body: declared + /* lua */ String.raw`
local chunk, most_entries, most_bytes = 250, 20000, 33554432
local meant, left = {}, 0
for at = first_arg, #ARGV do meant[ARGV[at]], left = true, left + 1 end
local reply, over, is_open, from, entries_read, bytes_read = {}, {}, true, 0, 0, 0
while is_open and left > 0 and entries_read < most_entries and bytes_read < most_bytes do
  is_open = false
  for i = 1, #KEYS do
    local entries = over[i] and {} or redis.call('LRANGE', KEYS[i], whole(-from - chunk), whole(-from - 1))
    for j = 1, #entries do
      local id = string.match(entries[j], '^%d|%d+|([^|]*)|')
      bytes_read = bytes_read + #entries[j]
      if meant[id] then
        meant[id], left = nil, left - 1
        reply[#reply + 1] = entries[j]
      end
    end
    entries_read, over[i] = entries_read + #entries, #entries < chunk
    is_open = is_open or not over[i]
  end
  from = from + chunk
  chunk = 1000
end
return reply
`,
});

/**
 * Reads entries of a delayed set from a due time on, but for the first `skip`.
 *
 * Returns whether there are more (1 or 0), then due times and entries, of some 4 MiB at most.
 */
export const scanDelayed = script({
  name: "scan_delayed",
  readOnly: true,
  keys: ["set"],
  args: ["from", "skip", "most"],
  body: /* lua */ String.raw`
local found = redis.call('ZRANGEBYSCORE', set, from, '+inf', 'WITHSCORES', 'LIMIT', skip, most)
local reply, bytes = { #found == 2 * tonumber(most) and '1' or '0' }, 0
for i = 1, #found, 2 do
  bytes = bytes + #found[i]
  reply[#reply + 1] = found[i + 1]
  reply[#reply + 1] = found[i]
  if bytes >= 4194304 then
    reply[1] = '1'
    break
  end
end
return reply
`,
});

/**
 * Looks for entries in delayed sets. Keys: these. Arguments: an id and when it is due, in turn, for each task.
 *
 * Returns for each that was found its id, the number of the set, and its entry.
 */
export const seekDelayed = script({
  name: "seek_delayed",
  readOnly: true,
  keys: [],
  args: [],
  body: declared + /* lua */ String.raw`
local reply = {}
local function seek(id, due)
  for i = 1, #KEYS do
    local from = 0
    repeat
      local found = redis.call('ZRANGEBYSCORE', KEYS[i], due, due, 'LIMIT', whole(from), '1000')
      for j = 1, #found do
        if string.match(found[j], '^%d|%d+|([^|]*)|') == id then
          reply[#reply + 1] = id
          reply[#reply + 1] = whole(i)
          reply[#reply + 1] = found[j]
          return
        end
      end
      from = from + 1000
    until #found < 1000
  end
end
for at = first_arg, #ARGV, 2 do seek(ARGV[at], ARGV[at + 1]) end
return reply
`,
});
