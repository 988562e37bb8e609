import { script } from "../connection/script.ts";
import { sieve } from "./fragments.ts";

/**
 * The names of pages, found among all keys. `pattern` is what their keys look like, with so many characters (`skip`) before
 * their names.
 *
 * Returns where to go on (0: all were met), then names, some of them twice.
 */
export const pageNames = script({
  name: "page_names",
  readOnly: true,
  looksForKeys: true,
  keys: [],
  args: ["from", "pattern", "skip"],
  body: /* lua */ String.raw`
local reply, cursor, times = { from }, from, 0
local first = tonumber(skip) + 1
repeat
  local found = redis.call('SCAN', cursor, 'MATCH', pattern, 'COUNT', '1000')
  cursor, times = found[1], times + 1
  for i = 1, #found[2] do reply[#reply + 1] = string.sub(found[2][i], first) end
until cursor == '0' or times == 20
reply[1] = cursor
return reply
`,
});

/**
 * Records on pages that may fit. Keys: the pages, the newest first. `below` is an id on the first page, where to begin
 * below it (nothing: at its top); `letters` are the letters of states (nothing: any); `contains` is what is to be in them,
 * in lower case (nothing: anything), or in what waits or runs, which is looked for elsewhere. Further arguments: texts
 * that are to be in them all.
 *
 * Returns how many pages were read to their ends, whether the last of those that were begun was not (1), then ids and
 * texts: of each page the highest ids first.
 */
export const readPages = script({
  name: "read_pages",
  readOnly: true,
  keys: [],
  args: ["below", "most", "letters", "contains"],
  body: sieve + /* lua */ String.raw`
local most_bytes, most_looks = 2097152, 20000
local reply, count, bytes, looks = { '0', '0' }, 0, 0, 0
most = tonumber(most)
local function fits(text)
  local letter = string.sub(text, 1, 1)
  if letters ~= '' and not string.find(letters, letter, 1, true) then return false end
  for i = first_arg, #ARGV do
    if not string.find(text, ARGV[i], 1, true) then return false end
  end
  -- Of what lies elsewhere not all is here.
  return contains == '' or may_contain(text, contains) or string.find(string.match(text, '^[^\t]*') .. ' ', ' l ', 1, true)
end
for i = 1, #KEYS do
  local found, texts, cursor = {}, {}, '0'
  repeat
    local part = redis.call('HSCAN', KEYS[i], cursor, 'COUNT', '1000')
    cursor = part[1]
    for j = 1, #part[2], 2 do
      local id, text = part[2][j], part[2][j + 1]
      looks = looks + 1
      if id ~= '#' and not texts[id] and (i > 1 or below == '' or id < below) and fits(text) then
        found[#found + 1] = id
        texts[id] = text
      end
    end
  until cursor == '0'
  table.sort(found, function(a, b) return a > b end)
  for j = 1, #found do
    if count == most or bytes > most_bytes then
      reply[2] = '1'
      return reply
    end
    count, bytes = count + 1, bytes + #texts[found[j]]
    reply[#reply + 1] = found[j]
    reply[#reply + 1] = texts[found[j]]
  end
  reply[1] = string.format('%.0f', i)
  if looks >= most_looks then return reply end
end
return reply
`,
});

/**
 * Ids that callers chose: from a time on (in 1.024 s), of this time those below an id (nothing: all), down to another one.
 *
 * Returns whether there are more (1 or 0), then ids, the newest first, each with its time.
 */
export const chosenIds = script({
  name: "chosen_ids",
  readOnly: true,
  keys: ["chosen"],
  args: ["to", "below", "from", "most"],
  body: /* lua */ String.raw`
local reply, offset = { '0' }, 0
repeat
  local found = redis.call('ZREVRANGEBYSCORE', chosen, to, from, 'WITHSCORES', 'LIMIT', string.format('%.0f', offset), most)
  for i = 1, #found, 2 do
    if below == '' or found[i] < below or tonumber(found[i + 1]) < tonumber(to) then
      reply[#reply + 1] = found[i]
      reply[#reply + 1] = found[i + 1]
    end
  end
  offset = offset + tonumber(most)
  reply[1] = #found == 2 * tonumber(most) and '1' or '0'
until #reply > 1 or reply[1] == '0'
return reply
`,
});

/**
 * Dead letters that failed before `before`, and whose ids carry their times: those below a position in the list, down to
 * another one.
 *
 * Returns ids, the highest position first.
 */
export const oldLetters = script({
  name: "old_letters",
  readOnly: true,
  keys: ["letters"],
  args: ["before", "below", "from", "most"],
  body: /* lua */ String.raw`
local members, found, ids = redis.call('ZRANGEBYLEX', letters, '-', before), {}, {}
for i = 1, #members do
  local id = string.match(members[i], '^%d+|%d+|([^|]*)|')
  local high, low, page = string.match(id, '^(%x+)%-(%x+)%-7(%x%x%x)%-')
  if page and #id == 36 and #high == 8 and #low == 4 then
    local time = math.floor((tonumber(high, 16) * 65536 + tonumber(low, 16)) / 1024)
    local at = string.format('%012.0f', time) .. ':' .. page .. ':' .. id
    if at < below and at >= from then found[#found + 1] = at end
  end
end
table.sort(found, function(a, b) return a > b end)
for i = 1, math.min(#found, tonumber(most)) do ids[i] = string.sub(found[i], 18) end
return ids
`,
});

/** Forgets ids that callers chose, of which nothing is known. Further keys: their pages and own keys. Arguments: the ids. */
export const forgetChosen = script({
  name: "forget_chosen",
  keys: ["chosen"],
  args: [],
  body: /* lua */ String.raw`
local gone = {}
for i = first_arg, #ARGV do
  local at = first_key + 2 * (i - first_arg)
  if redis.call('EXISTS', KEYS[at], KEYS[at + 1]) == 0 then gone[#gone + 1] = ARGV[i] end
end
if #gone > 0 then redis.call('ZREM', chosen, unpack(gone)) end
return #gone
`,
});
