import { script } from "../connection/script.ts";
import { declared } from "./fragments/declared.ts";
import { pages } from "./fragments/pages.ts";
import { parked } from "./fragments/parked.ts";
import { queues } from "./fragments/queues.ts";

/**
 * What is known of tasks. Keys: the pages. Arguments: for each task its page's key and its id.
 *
 * Returns the records in the same order, each empty when nothing is known.
 */
export const fetch = script({
  name: "fetch",
  readOnly: true,
  keys: [],
  args: [],
  body: declared + pages + /* lua */ String.raw`
for at = first_arg, #ARGV, 2 do want_record(ARGV[at], ARGV[at + 1]) end
read_pages()
local reply = {}
for at = first_arg, #ARGV, 2 do reply[#reply + 1] = pages[ARGV[at]].found[ARGV[at + 1]] or '' end
return reply
`,
});

/**
 * Records that lie on keys of their own. Keys: theirs.
 *
 * Returns their texts, empty when there is none: so many of the first ones as make some 4 MiB, one at least.
 */
export const whole = script({
  name: "whole",
  readOnly: true,
  keys: [],
  args: [],
  body: /* lua */ String.raw`
local reply, bytes = {}, 0
for from = 1, #KEYS, 50 do
  local texts = redis.call('MGET', unpack(KEYS, from, math.min(from + 49, #KEYS)))
  for i = 1, #texts do
    local text = texts[i] or ''
    bytes = bytes + #text
    if bytes > 4194304 and #reply > 0 then return reply end
    reply[#reply + 1] = text
  end
end
return reply
`,
});

/**
 * The same as fetch, and notes in the head of each record whose task has not ended that this client waits for it:
 * `client` is a word that names its channel. With `updates` (1) it is noted to hear of every change, in place of the
 * oldest of 16 that do: each costs a PUBLISH a report.
 */
export const watch = script({
  name: "watch",
  keys: [],
  args: ["client", "now", "updates"],
  body: declared + pages + /* lua */ String.raw`
for at = first_arg, #ARGV, 2 do want_record(ARGV[at], ARGV[at + 1]) end
read_pages()
local words = updates == '1' and { ' c' .. client, ' u' .. client } or { ' c' .. client }
local reply = {}
for at = first_arg, #ARGV, 2 do
  local page, id = pages[ARGV[at]], ARGV[at + 1]
  local record = page.found[id] or ''
  reply[#reply + 1] = record
  local tab = string.find(record, '\t', 1, true)
  if tab and not string.find('SFXE', string.sub(record, 1, 1), 1, true) then
    local before = string.sub(record, 1, tab - 1)
    local head = before
    for i = 1, #words do
      if not string.find(head .. ' ', words[i] .. ' ', 1, true) then
        local _, count = string.gsub(head, ' u%w+', '')
        if count >= 16 and i == 2 then head = string.gsub(head, ' u%w+', '', 1) end
        head = head .. words[i]
      end
    end
    if head ~= before then set_record(page, id, head .. string.sub(record, tab)) end
  end
end
write_pages(tonumber(now))
return reply
`,
});

/**
 * Pauses a queue (`paused` is 1) or resumes it (0), and tells the workers that wait for it.
 */
export const pause = script({
  name: "pause",
  keys: ["map"],
  args: ["prefix", "queue_name", "paused"],
  body: declared + queues + parked + /* lua */ String.raw`
local found = hmget(map, { 'parked', 'q:' .. queue_name })
local queue = read_queue(queue_name, found['q:' .. queue_name])
read_parked(found['parked'])
if (queue.paused or false) == (paused == '1') then return 0 end
queue.paused = paused == '1'
local set = { 'q:' .. queue_name, write_queue(queue) }
-- Those that parked while there was nothing to take are to look again.
wake(queue_name, math.max(queue.waiting, #queue.delayed, next(queue.levels) and 1 or 0))
if parked_changed then
  set[3], set[4] = 'parked', write_parked()
end
variadic('HSET', map, set)
return 1
`,
});

/**
 * What there is: the fields of queues, workers and limits, and their texts.
 */
export const inspect = script({
  name: "inspect",
  readOnly: true,
  keys: ["map", "workers"],
  args: [],
  body: declared + /* lua */ String.raw`
local all = redis.call('HKEYS', map)
local fields = {}
for i = 1, #all do
  if string.find(all[i], '^[qwl]:') then fields[#fields + 1] = all[i] end
end
local values = hmget(map, fields)
local reply = {}
for i = 1, #fields do
  reply[#reply + 1] = fields[i]
  reply[#reply + 1] = values[fields[i]] or ''
end
return reply
`,
});
