import { script } from "../connection/script.ts";
import { declared } from "./fragments/declared.ts";
import { pages } from "./fragments/pages.ts";
import { parked } from "./fragments/parked.ts";
import { queues } from "./fragments/queues.ts";
import { telling } from "./fragments/telling.ts";
import { family } from "./fragments/family.ts";
import { journal } from "./fragments/journal.ts";
import { pageNames } from "./fragments/page_names.ts";

/**
 * Members of the set of dead letters. All have the score 0: they begin with the time of the failure, and so are ordered
 * by it.
 *
 * Returns at most `count` of them between `max` and `min`, the newest first.
 */
export const list = script({
  name: "list",
  readOnly: true,
  keys: ["letters"],
  args: ["max", "min", "count"],
  body: /* lua */ String.raw`
return redis.call('ZREVRANGEBYLEX', letters, max, min, 'LIMIT', '0', count)
`,
});

/** Returns how many dead letters there are, and the `count` oldest. */
export const oldest = script({
  name: "oldest",
  readOnly: true,
  keys: ["letters"],
  args: ["count"],
  body: /* lua */ String.raw`
local reply = redis.call('ZRANGE', letters, '0', tostring(tonumber(count) - 1))
table.insert(reply, 1, tostring(redis.call('ZCARD', letters)))
return reply
`,
});

/** Which of the members that the caller read are there still: `known[member]`. */
const members: string = /* lua */ String.raw`
local known = {}
local function read_members(names)
  for from = 1, #names, 500 do
    local to = math.min(from + 499, #names)
    local scores = redis.call('ZMSCORE', letters, unpack(names, from, to))
    for i = from, to do known[names[i]] = scores[i - from + 1] and true end
  end
end
local function remove_letters(names, keys)
  if #names > 0 then variadic('ZREM', letters, names) end
  for from = 1, #keys, 500 do redis.call('DEL', unpack(keys, from, math.min(from + 499, #keys))) end
end
`;

/**
 * Removes dead letters. Further keys: their pages and own keys. Arguments: for each the key of its page (or nothing, to
 * let what stands there be), its id, its own key and its member.
 *
 * Returns a text with one letter for each: `D` deleted now or before, `A` its task is no dead letter.
 */
export const drop = script({
  name: "drop",
  keys: ["letters"],
  args: [],
  body: declared + pages + members + /* lua */ String.raw`
local names = {}
for at = first_arg, #ARGV, 4 do
  if ARGV[at] ~= '' then want_record(ARGV[at], ARGV[at + 1]) end
  names[#names + 1] = ARGV[at + 3]
end
read_pages()
read_members(names)
local statuses, gone, keys, fields, order = {}, {}, {}, {}, {}
for at = first_arg, #ARGV, 4 do
  local key, id = ARGV[at], ARGV[at + 1]
  local there = key ~= '' and pages[key].found[id]
  if there and string.sub(there, 1, 1) ~= 'F' then
    statuses[#statuses + 1] = 'A'
  else
    statuses[#statuses + 1] = 'D'
    if known[ARGV[at + 3]] then
      gone[#gone + 1] = ARGV[at + 3]
      keys[#keys + 1] = ARGV[at + 2]
      if there then
        if not fields[key] then
          fields[key] = {}
          order[#order + 1] = key
        end
        fields[key][#fields[key] + 1] = id
      end
    end
  end
end
for i = 1, #order do variadic('HDEL', order[i], fields[order[i]]) end
remove_letters(gone, keys)
return table.concat(statuses)
`,
});

/**
 * Puts messages into their queues in place of dead letters. Further keys: their pages, own keys and unique keys, and what
 * their queues need. Further arguments: the names of the queues, then for each message its page's key, its id, the number
 * of its queue, its priority, its record, its nonce, its entry, the letter's own key and member (or nothing, when the
 * caller found no letter), its unique key with how long it is held (or nothing, twice),
 * and the task that sent it (or nothing): 12 in all.
 *
 * A record whose head names the nonce was written by an earlier repetition of this request, whatever became of it since.
 *
 * Returns `ok`, a text with one letter a message (`S` sent, `E` its unique key is held, `A` its task is no dead letter,
 * `U` there is none), then queues and their layouts; or `need` and the layouts, having done nothing, when keys are missing.
 */
export const resend = script({
  name: "resend",
  keys: ["map", "letters"],
  args: ["prefix", "now", "queue_count", "recording"],
  body: declared + pages + pageNames + queues + journal + parked + telling + members + family + /* lua */ String.raw`
now, queue_count = tonumber(now), tonumber(queue_count)
local fields, names = { 'parked' }, {}
for i = 1, queue_count do fields[i + 1] = 'q:' .. ARGV[first_arg + i - 1] end
fields[#fields + 1] = 'ev'
fields[#fields + 1] = 'pages'
local first_message = first_arg + queue_count
for at = first_message, #ARGV, 12 do
  want_record(ARGV[at], ARGV[at + 1])
  if ARGV[at + 8] ~= '' then names[#names + 1] = ARGV[at + 8] end
end
local map_fields = hmget(map, fields)
for i = 1, queue_count do read_queue(ARGV[first_arg + i - 1], map_fields[fields[i + 1]]) end
local places = {}
for at = first_message, #ARGV, 12 do
  places[#places + 1] = { queues[ARGV[first_arg + tonumber(ARGV[at + 2]) - 1]], tonumber(ARGV[at + 3]), ARGV[at + 6] }
end
load_lanes_of(places)
read_parked(map_fields['parked'])
journal.read(map_fields['ev'], recording, false)
read_pages(now)
read_members(names)

local statuses, gone, keys, claims, holders, set = {}, {}, {}, {}, {}, {}
for at = first_message, #ARGV, 12 do
  local page, id, nonce = pages[ARGV[at]], ARGV[at + 1], ARGV[at + 5]
  local member, unique, there = ARGV[at + 8], ARGV[at + 9], page.found[id]
  local head = there and string.match(there, '^[^\t]*') or ''
  local holder = false
  if unique ~= '' then
    if holders[unique] == nil then holders[unique] = holder_of(redis.call('GET', unique), now) end
    holder = holders[unique]
  end
  if string.find(head .. ' ', ' m' .. nonce .. ' ', 1, true) then
    statuses[#statuses + 1] = 'S'
  elseif there and string.sub(there, 1, 1) ~= 'F' then
    statuses[#statuses + 1] = 'A'
  elseif not known[member] then
    statuses[#statuses + 1] = 'U'
  elseif holder and holder ~= id then
    statuses[#statuses + 1] = 'E'
  else
    statuses[#statuses + 1] = 'S'
    -- A repetition of the publish is still known as one.
    local words = (string.match(head, ' n%w+') or '') .. ' m' .. nonce
    set_record(page, id, string.sub(ARGV[at + 4], 1, 1) .. words .. string.sub(ARGV[at + 4], 2))
    page.open = page.open + 1
    journal.sent(id, ARGV[at + 4])
    add(queues[ARGV[first_arg + tonumber(ARGV[at + 2]) - 1]], tonumber(ARGV[at + 3]), ARGV[at + 6])
    gone[#gone + 1] = member
    keys[#keys + 1] = ARGV[at + 7]
    if ARGV[at + 11] ~= '' then family.note(ARGV[at + 11], id, now) end
    if unique ~= '' then
      holders[unique] = id
      claims[#claims + 1] = { unique, id, ARGV[at + 10] }
    end
  end
end
needs_of_lanes()
if #need > 0 then return add_layouts({ 'need' }, need) end

write_planned()
write_lanes()
write_pages(now)
remove_letters(gone, keys)
family.write()
for i = 1, #claims do hold_key(claims[i][1], claims[i][2], claims[i][3], now) end
tell_queues(set)
note_pages(set, map_fields['pages'])
journal.write(set, '')
if #set > 0 then variadic('HSET', map, set) end
return add_layouts({ 'ok', table.concat(statuses) })
`,
});
