import { script } from "../connection/script.ts";
import { sieve } from "./fragments/sieve.ts";

/**
 * Names of pages, as fragments/page_names.ts writes them: those of a slice and of some below, down to another one.
 *
 * Returns whether these are all (1 or 0: then there may be more of the last slice, which is not the first one), the names
 * that are in the map, of any slices, and then members of the set, the latest slice first.
 */
export const namesOfPages = script({
  name: "names_of_pages",
  readOnly: true,
  keys: ["map", "names"],
  args: ["from", "lowest"],
  body: /* lua */ String.raw`
local reply, offset, bytes = { '0', redis.call('HGET', map, 'pages') or '' }, 0, 0
repeat
  local found = redis.call('ZREVRANGEBYSCORE', names, from, lowest, 'LIMIT', string.format('%.0f', offset), '50')
  for i = 1, #found do
    reply[#reply + 1] = found[i]
    bytes = bytes + #found[i]
  end
  offset = offset + 50
  local first, last = string.match(reply[3] or '', '^%d+'), string.match(reply[#reply], '^%d+')
until #found < 50 or bytes >= 4000 and first ~= last
if offset > #reply - 2 then reply[1] = '1' end
return reply
`,
});

/**
 * Forgets names of pages that are all gone. Further keys: the pages. Arguments: for each member of the set the member, and
 * how many of the pages are its own.
 */
export const forgetPages = script({
  name: "forget_pages",
  keys: ["names"],
  args: [],
  body: /* lua */ String.raw`
local gone, at = {}, first_key
for i = first_arg, #ARGV, 2 do
  local count, is_gone = tonumber(ARGV[i + 1]), true
  for from = at, at + count - 1, 500 do
    local to = math.min(from + 499, at + count - 1)
    if is_gone and redis.call('EXISTS', unpack(KEYS, from, to)) > 0 then is_gone = false end
  end
  if is_gone then gone[#gone + 1] = ARGV[i] end
  at = at + count
end
if #gone > 0 then redis.call('ZREM', names, unpack(gone)) end
return #gone
`,
});

/** Where a page is gone, those that are older are too, as a rule: up to which one. */
const gone: string = /* lua */ String.raw`
local function last_gone(i)
  local last = math.min(i + 50, #KEYS)
  if i == last or redis.call('EXISTS', unpack(KEYS, i + 1, last)) > 0 then return i end
  return last
end
`;

/**
 * Records on pages that may fit. Keys: the pages, the newest first. `below` is an id on the first page, where to begin
 * below it (nothing: at its top); `letters` are the letters of states (nothing: any); `contains` is what is to be in them,
 * in lower case (nothing: anything), or in what waits or runs, which is looked for elsewhere. Further arguments: texts
 * that are to be in them all.
 *
 * Returns how many pages were read to their ends, whether the last of those that were begun was not (1), which are gone
 * (their numbers, from 1), then ids and texts: of each page the highest ids first.
 */
export const readPages = script({
  name: "read_pages",
  readOnly: true,
  keys: [],
  args: ["below", "most", "letters", "contains"],
  body: sieve + gone + /* lua */ String.raw`
local most_bytes, most_looks = 2097152, 20000
local reply, count, bytes, looks, skipped, gone = { '0', '0', '' }, 0, 0, 0, 0, {}
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
  local found, texts, cursor = {}, {}, i > skipped and '0' or nil
  while cursor do
    local part = redis.call('HSCAN', KEYS[i], cursor, 'COUNT', '1000')
    if cursor == '0' and #part[2] == 0 then
      skipped = last_gone(i)
      for j = i, skipped do gone[#gone + 1] = j end
      reply[3] = table.concat(gone, ' ')
    end
    cursor = part[1] ~= '0' and part[1] or nil
    for j = 1, #part[2], 2 do
      local id, text = part[2][j], part[2][j + 1]
      looks = looks + 1
      if id ~= '#' and not texts[id] and (i > 1 or below == '' or id < below) and fits(text) then
        found[#found + 1] = id
        texts[id] = text
      end
    end
  end
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
 * Counts records on pages by state. Keys: the pages. `task`, `queue` and `worker` are members as they stand in records
 * (nothing: any; `-`: there is none); `from` and `to` bound when they were sent, `from_id` and `to_id` say the same of ids
 * that carry their time. What is over is left out, and of dead letters what failed longer ago than a day: these are told
 * by their set.
 *
 * Returns how many records were looked at, then for each page that was read to its end how many are in which state; `-` for
 * one that is gone.
 */
export const countPages = script({
  name: "count_pages",
  readOnly: true,
  keys: [],
  args: ["now", "most_looks", "task", "queue", "worker", "from", "to", "from_id", "to_id"],
  body: gone + /* lua */ String.raw`
local looks, reply, day = 0, { '0' }, 86400000
local names = { Q = 'QUEUED', T = 'STARTED', R = 'RETRY', S = 'SUCCESS', F = 'FAILURE', X = 'REVOKED', E = 'EXPIRED' }
now, most_looks, from, to = tonumber(now), tonumber(most_looks), tonumber(from), tonumber(to)
local function has(plain, name, member)
  if member == '' then return true end
  if member == '-' then return not string.find(plain, '"' .. name .. '":', 1, true) end
  return string.find(plain, member, 1, true) ~= nil
end
local function number_of(plain, name) return tonumber(string.match(plain, '"' .. name .. '":(%d+)') or nil) end
local function state_of(id, text, is_timed)
  local head, plain = string.match(text, '^([^\t]*)\t([^\t]*)')
  if not has(plain, 'task', task) or not has(plain, 'queue', queue) or not has(plain, 'worker', worker) then return nil end
  if is_timed then
    local prefix = string.sub(id, 1, 14)
    if prefix < from_id or prefix >= to_id then return nil end
  else
    local sent = number_of(plain, 'sentAt') or 0
    if sent < from or sent >= to then return nil end
  end
  local letter = string.sub(head, 1, 1)
  if string.find('SFXE', letter, 1, true) then
    local ended, keep = number_of(plain, 'finishedAt'), math.max(number_of(plain, 'keep') or day, 60000)
    if letter == 'F' and is_timed and string.find(head .. ' ', ' l ', 1, true) then keep = math.min(keep, day) end
    if ended and now > ended + keep then return nil end
  end
  if letter == 'Q' then
    local due = 0
    -- What was put off says so at its end.
    for eta in string.gmatch(plain, '"eta":(%d+)') do due = tonumber(eta) end
    return due > now and 'SCHEDULED' or 'QUEUED'
  end
  return names[letter] or string.match(plain, '"state":"([^"]*)"')
end
local skipped = 0
for i = 1, #KEYS do
  local counts, order, cursor, seen = {}, {}, i > skipped and '0' or nil, {}
  local is_timed = string.find(KEYS[i], '^{[^}]*}:p:') ~= nil
  while cursor do
    local part = redis.call('HSCAN', KEYS[i], cursor, 'COUNT', '1000')
    if cursor == '0' and #part[2] == 0 then skipped = last_gone(i) end
    cursor = part[1] ~= '0' and part[1] or nil
    for j = 1, #part[2], 2 do
      local id = part[2][j]
      if id ~= '#' and not seen[id] then
        seen[id], looks = true, looks + 1
        local state = state_of(id, part[2][j + 1], is_timed)
        if state and not counts[state] then
          counts[state] = 0
          order[#order + 1] = state
        end
        if state then counts[state] = counts[state] + 1 end
      end
    end
  end
  for j = 1, #order do order[j] = order[j] .. ':' .. string.format('%.0f', counts[order[j]]) end
  reply[#reply + 1] = i <= skipped and '-' or table.concat(order, ' ')
  if looks >= most_looks then break end
end
reply[1] = string.format('%.0f', looks)
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
 * Returns members of their set, the highest position first.
 */
export const oldLetters = script({
  name: "old_letters",
  readOnly: true,
  keys: ["letters"],
  args: ["before", "below", "from", "most"],
  body: /* lua */ String.raw`
local members, found, told = redis.call('ZRANGEBYLEX', letters, '-', before), {}, {}
for i = 1, #members do
  local id = string.match(members[i], '^%d+|%d+|([^|]*)|')
  local high, low, page = string.match(id, '^(%x+)%-(%x+)%-7(%x%x%x)%-')
  if page and #id == 36 and #high == 8 and #low == 4 then
    local time = math.floor((tonumber(high, 16) * 65536 + tonumber(low, 16)) / 1024)
    local at = string.format('%012.0f', time) .. ':' .. page .. ':' .. id
    if at < below and at >= from then found[#found + 1] = { at, members[i] } end
  end
end
table.sort(found, function(a, b) return a[1] > b[1] end)
for i = 1, math.min(#found, tonumber(most)) do told[i] = found[i][2] end
return told
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
