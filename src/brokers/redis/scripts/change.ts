import { script } from "../connection/script.ts";
import { declared } from "./fragments/declared.ts";
import { pages } from "./fragments/pages.ts";
import { parked } from "./fragments/parked.ts";
import { queues } from "./fragments/queues.ts";
import { telling } from "./fragments/telling.ts";
import { drops } from "./publish/look.ts";

/**
 * Puts other entries in the place of those that wait. Further keys: pages, unique keys, the lists and sets where entries
 * were found, and what the queues need that they are to come to. Further arguments: the names of the queues, then for
 * each task:
 *
 * - its page's key, its id, the nonce of the change, its record, and a mark for its head (or nothing)
 * - where it was found: the number of the queue, the priority, the segment and its name (of a lane, or nothing) of a
 *   list; or the number of the queue, `d`, the segment and the due time of a delayed set; and the entry
 * - where it goes: the number of the queue, the priority, the due time, and the entry
 * - the unique key that it leaves, the one that it takes (or nothing, twice), and how long it holds that: 17 in all
 *
 * A record whose head names the nonce was written by an earlier repetition of this request.
 *
 * Returns `ok`, a text with one letter a task (`C` changed, `M` no longer as it was found, `X` its unique key is held, `E`
 * ended, `U` unknown), then queues and their layouts; or `need` and the layouts, having done nothing, when keys are
 * missing.
 */
export const change = script({
  name: "change",
  keys: ["map"],
  args: ["prefix", "now", "queue_count"],
  body: declared + pages + queues + parked + telling + drops + /* lua */ String.raw`
now, queue_count = tonumber(now), tonumber(queue_count)
local fields = { 'parked' }
for i = 1, queue_count do fields[i + 1] = 'q:' .. ARGV[first_arg + i - 1] end
local first_item = first_arg + queue_count
local function queue_at(at) return queues[ARGV[first_arg + tonumber(ARGV[at]) - 1]] end
for at = first_item, #ARGV, 17 do want_record(ARGV[at], ARGV[at + 1]) end
local map_fields = hmget(map, fields)
for i = 1, queue_count do read_queue(ARGV[first_arg + i - 1], map_fields[fields[i + 1]]) end
read_parked(map_fields['parked'])
read_pages(now)
local places = {}
for at = first_item, #ARGV, 17 do
  places[#places + 1] = { queue_at(at + 10), tonumber(ARGV[at + 11]), ARGV[at + 13] }
  if ARGV[at + 8] ~= '' and ARGV[at + 6] ~= 'd' then
    places[#places + 1] = { queue_at(at + 5), tonumber(ARGV[at + 6]), ARGV[at + 9] }
  end
end
load_lanes_of(places)

-- Lists are written by index, and what leaves them is marked: so no index moves before the last one is written.
local rewrites, rewrite_order, gone = {}, {}, {}
local function rewrite(key, index, entry)
  if not rewrites[key] then
    rewrites[key] = {}
    rewrite_order[#rewrite_order + 1] = key
  end
  table.insert(rewrites[key], index)
  table.insert(rewrites[key], entry)
end

-- Where an entry is; nothing when it is there no longer.
local function find_in_list(at)
  local queue, priority, name = queue_at(at + 5), tonumber(ARGV[at + 6]), ARGV[at + 8]
  local list = queue.lists[priority]
  if name ~= '' then list = queue.lanes[priority .. ' ' .. name] end
  if not list or list == true then return end
  local key = list_key(queue, priority, list, tonumber(ARGV[at + 7]))
  if not needs(key) then return end
  local index = redis.call('LPOS', key, ARGV[at + 9])
  if index then return { queue = queue, priority = priority, list = list, key = key, index = index, segment = tonumber(ARGV[at + 7]) } end
end
local function find_delayed(at)
  local queue, segment, due = queue_at(at + 5), tonumber(ARGV[at + 7]), tonumber(ARGV[at + 8])
  for i = 1, #queue.delayed do
    local set = queue.delayed[i]
    if set.n == segment then
      local key = prefix .. ':d:' .. queue.name .. ':' .. whole(segment)
      local score = needs(key) and redis.call('ZSCORE', key, ARGV[at + 9])
      if score and tonumber(score) == due then return { queue = queue, set = set, key = key, due = due } end
      return
    end
  end
end

local function grow(place, bytes)
  local list = place.list
  if place.segment == list.tail then list.tail_bytes = math.max(list.tail_bytes + bytes, 0) end
end
local function take_out(place, entry)
  if place.set then return drop_delayed(place.queue, place.set, place.key, entry, place.due) end
  local list, queue = place.list, place.queue
  rewrite(place.key, place.index, '')
  gone[place.key] = true
  grow(place, -#entry)
  if place.segment == list.tail then list.tail_count = math.max(list.tail_count - 1, 0) end
  list.count, queue.changed = math.max(list.count - 1, 0), true
  if list.name then
    local level = level_of(queue, place.priority)
    level.count = math.max(level.count - 1, 0)
    list.found[prefix .. ':y:' .. queue.name], list.found[prefix .. ':o:' .. queue.name .. ':' .. place.priority] = true, true
    touch(list)
  else
    queue.waiting = math.max(queue.waiting - 1, 0)
  end
end

local statuses, claims, free_key, free_id, holders, changed, told = {}, {}, {}, {}, {}, {}, {}
for at = first_item, #ARGV, 17 do
  local page, id, nonce, record, old, entry = pages[ARGV[at]], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], ARGV[at + 9], ARGV[at + 13]
  local there = page.found[id]
  local head = there and string.match(there, '^[^\t]*') or ''
  local letter, leaves, takes = string.sub(head, 1, 1), ARGV[at + 14], ARGV[at + 15]
  if takes ~= '' and takes ~= leaves and holders[takes] == nil then
    holders[takes] = needs(takes) and holder_of(redis.call('GET', takes), now)
  end
  if not there then
    statuses[#statuses + 1] = 'U'
  elseif string.find(head .. ' ', ' m' .. nonce .. ' ', 1, true) then
    statuses[#statuses + 1] = 'C'
  elseif string.find('SFXE', letter, 1, true) then
    statuses[#statuses + 1] = 'E'
  else
    local place = not changed[id] and letter == string.sub(record, 1, 1)
    if place then place = ARGV[at + 6] == 'd' and find_delayed(at) or ARGV[at + 6] ~= 'd' and find_in_list(at) end
    if not place then
      statuses[#statuses + 1] = 'M'
    elseif holders[takes] and holders[takes] ~= id then
      statuses[#statuses + 1] = 'X'
    else
      statuses[#statuses + 1] = 'C'
      changed[id] = true
      local queue, priority, due = queue_at(at + 10), tonumber(ARGV[at + 11]), tonumber(ARGV[at + 12])
      if place.list and due <= now and queue == place.queue and priority == place.priority and lane_in(entry) == lane_in(old) then
        rewrite(place.key, place.index, entry)
        grow(place, #entry - #old)
        queue.changed = true
        if place.list.name then touch(place.list) end
      else
        take_out(place, old)
        if due > now then delay(queue, due, entry) else add(queue, priority, entry) end
      end
      local mark = ARGV[at + 4]
      if mark ~= '' and not string.find(head .. ' ', mark .. ' ', 1, true) then head = head .. mark end
      record = string.gsub(head, ' m%w+', '') .. ' m' .. nonce .. string.sub(record, 2)
      set_record(page, id, record)
      for client in string.gmatch(head, ' u(%w+)') do told[#told + 1] = { client, 'u\t' .. id .. '\t\t' .. record } end
      if takes ~= leaves then
        if leaves ~= '' then
          needs(leaves)
          free_key[#free_key + 1] = leaves
          free_id[#free_id + 1] = id
        end
        if takes ~= '' then
          holders[takes] = id
          claims[#claims + 1] = { takes, id, ARGV[at + 16] }
        end
      end
    end
  end
end
needs_of_lanes()
if #need > 0 then return add_layouts({ 'need' }, need) end

for i = 1, #rewrite_order do
  local key = rewrite_order[i]
  local values = rewrites[key]
  for j = 1, #values, 2 do redis.call('LSET', key, whole(values[j]), values[j + 1]) end
  if gone[key] then redis.call('LREM', key, '0', '') end
end
for i = 1, #drop_order do variadic('ZREM', drop_order[i], drops[drop_order[i]]) end
write_planned()
write_lanes()
write_pages(now)
free_keys(free_key, free_id)
for i = 1, #claims do hold_key(claims[i][1], claims[i][2], claims[i][3], now) end
local set = {}
tell_queues(set)
if #set > 0 then variadic('HSET', map, set) end
for i = 1, #told do redis.call('PUBLISH', prefix .. ':c:' .. told[i][1], told[i][2]) end
return add_layouts({ 'ok', table.concat(statuses) })
`,
});
