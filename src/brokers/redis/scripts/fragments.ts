/**
 * Pieces of Lua that several scripts begin with. All texts they read and write are described in keys.ts.
 *
 * @module
 */

import { lanes } from "./lanes.ts";

/** Which keys the caller declared, and calls with any number of values. */
export const declared: string = /* lua */ String.raw`
local declared = {}
for i = 1, #KEYS do declared[KEYS[i]] = true end

local function whole(number) return string.format('%.0f', number) end

-- command key values..., at most 500 at a time: Lua's stack is small.
local function variadic(command, key, values)
  for from = 1, #values, 500 do
    redis.call(command, key, unpack(values, from, math.min(from + 499, #values)))
  end
end

-- HMGET of any number of fields, as a table from field to value.
local function hmget(key, fields)
  local found = {}
  for from = 1, #fields, 500 do
    local to = math.min(from + 499, #fields)
    local values = redis.call('HMGET', key, unpack(fields, from, to))
    for i = from, to do found[fields[i]] = values[i - from + 1] end
  end
  return found
end
`;

/** Whether a text may contain another one, which is in lower case; what is encoded may. */
export const sieve: string = /* lua */ String.raw`
local function may_contain(text, wanted)
  if wanted == '' or string.find(text, '"encoded', 1, true) then return true end
  return string.find(string.lower(text), wanted, 1, true) ~= nil
end
`;

/** Pages: which ids are on which, what they hold, and their ends. */
export const pages: string = /* lua */ String.raw`
local pages, page_order = {}, {}

local function want_record(key, id)
  local page = pages[key]
  if not page then
    page = { fields = { '#' }, set = {}, open = 0, ends = 0 }
    pages[key] = page
    page_order[#page_order + 1] = key
  end
  page.fields[#page.fields + 1] = id
end

-- Those that were not read yet.
local function read_pages(now)
  for i = 1, #page_order do
    local page = pages[page_order[i]]
    if not page.found then
      page.found = hmget(page_order[i], page.fields)
      if page.found['#'] then
        local open, ends = string.match(page.found['#'], '^(%d+)|(%d+)$')
        page.known, page.was_open, page.open, page.ends = true, tonumber(open), tonumber(open), tonumber(ends)
        -- Over, and not yet expired by the server's own clock.
        if now and page.open == 0 and page.ends < now then page.found = {} end
      end
    end
  end
end

-- What a record's head says of repetitions: of the publish, and of the last change.
local function nonces_in(head)
  return (string.match(head, ' n%w+') or '') .. (string.match(head, ' m%w+') or '')
end

local function set_record(page, id, record)
  page.found[id] = record
  page.set[#page.set + 1] = id
  page.set[#page.set + 1] = record
end

local function end_record(page, ends)
  if page.open > 0 then page.open = page.open - 1 end
  if ends > page.ends then page.ends = ends end
end

-- Who holds a unique key, from its value.
local function holder_of(value, now)
  local holder, ends = string.match(value or '', '^([^ ]*) (%d+)$')
  return holder and tonumber(ends) > now and holder
end

local function hold_key(key, id, keep, now)
  redis.call('SET', key, id .. ' ' .. whole(now + tonumber(keep)), 'PX', keep)
end

-- Unique keys are free again, if these tasks hold them still.
local function free_keys(keys, ids)
  for i = 1, #keys do
    if holder_of(redis.call('GET', keys[i]), 0) == ids[i] then redis.call('DEL', keys[i]) end
  end
end

-- One HSET a page; a page expires as a whole, once none of its tasks is open.
local function write_pages(now)
  for i = 1, #page_order do
    local key = page_order[i]
    local page = pages[key]
    if #page.set > 0 then
      page.set[#page.set + 1] = '#'
      page.set[#page.set + 1] = whole(page.open) .. '|' .. whole(page.ends)
      variadic('HSET', key, page.set)
      if page.open == 0 then
        redis.call('PEXPIRE', key, whole(math.max(page.ends - now, 1000)))
      elseif page.known and page.was_open == 0 then
        redis.call('PERSIST', key)
      end
    end
  end
end
`;

/** Queues: their layouts, adding to them and returning to them. Begins with what lanes need of it. */
export const queues: string = /* lua */ String.raw`
local segment_entries, segment_bytes = 50000, 16777216
local queues, queue_order, need = {}, {}, {}
-- See journal.ts.
local journal = {}

local function read_queue(name, text)
  local queue = { name = name, lists = {}, delayed = {}, waiting = 0, text = text or '|', levels = {}, lanes = {} }
  if text then
    local lists, delayed, flags, lanes = string.match(text, '^([^|]*)|([^|]*)|?([^|]*)|?([^|]*)$')
    for p, h, t, c, tc, tb in string.gmatch(lists, '(%d):(%d+):(%d+):(%d+):(%d+):(%d+)') do
      queue.lists[tonumber(p)] = {
        head = tonumber(h), tail = tonumber(t), count = tonumber(c), tail_count = tonumber(tc), tail_bytes = tonumber(tb),
      }
      queue.waiting = queue.waiting + tonumber(c)
    end
    for n, c, b, f in string.gmatch(delayed, '(%d+):(%d+):(%d+):(%d+)') do
      queue.delayed[#queue.delayed + 1] = { n = tonumber(n), count = tonumber(c), bytes = tonumber(b), first = tonumber(f) }
    end
    queue.paused = flags == 'P'
    for p, c, t, o in string.gmatch(lanes, '(%d):(%d+):(%d+):(%d+)') do
      queue.levels[tonumber(p)] = { count = tonumber(c), time = tonumber(t), came = tonumber(o) }
    end
  end
  queues[name] = queue
  queue_order[#queue_order + 1] = name
  return queue
end

local function write_queue(queue)
  local lists, delayed, lanes = {}, {}, {}
  for p = 9, 0, -1 do
    local list, level = queue.lists[p], queue.levels[p]
    if list and list.count > 0 then
      lists[#lists + 1] = p .. ':' .. whole(list.head) .. ':' .. whole(list.tail) .. ':' .. whole(list.count) .. ':'
        .. whole(list.tail_count) .. ':' .. whole(list.tail_bytes)
    end
    if level and level.count > 0 then
      lanes[#lanes + 1] = p .. ':' .. whole(level.count) .. ':' .. whole(level.time) .. ':' .. whole(level.came)
    end
  end
  for i = 1, #queue.delayed do
    local set = queue.delayed[i]
    if set.count > 0 then
      delayed[#delayed + 1] = whole(set.n) .. ':' .. whole(set.count) .. ':' .. whole(set.bytes) .. ':' .. whole(set.first)
    end
  end
  local text = table.concat(lists, ' ') .. '|' .. table.concat(delayed, ' ')
  if queue.paused or #lanes > 0 then text = text .. '|' .. (queue.paused and 'P' or '') end
  if #lanes > 0 then text = text .. '|' .. table.concat(lanes, ' ') end
  return text
end

local function first_due(queue)
  if queue.paused then return nil end
  local first
  for i = 1, #queue.delayed do
    local set = queue.delayed[i]
    if set.count > 0 and (not first or set.first < first) then first = set.first end
  end
  return first
end

local function needs(key)
  if not declared[key] then need[#need + 1] = key end
  return declared[key]
end

local function list_of(queue, priority)
  local list = queue.lists[priority]
  if not list then
    list = { head = 0, tail = 0, count = 0, tail_count = 0, tail_bytes = 0 }
    queue.lists[priority] = list
  end
  return list
end

-- The lane that an entry belongs to (nothing: none), and whether it goes to the head. Nothing is read where a script has
-- found that no entry has a mark.
local no_marks = false
local function lane_in(entry)
  if no_marks then return '', false end
  local flags, name = string.match(entry, '^%d|%d+|[^|]*|([$^]*)([^{|]*)')
  return name, string.find(flags, '^', 1, true) ~= nil
end

-- The key of a list: a queue's own, or a lane's.
local function list_key(queue, priority, list, segment)
  if list.name then return prefix .. ':l:' .. queue.name .. ':' .. priority .. ':' .. whole(segment) .. ':' .. list.name end
  return prefix .. ':q:' .. queue.name .. ':' .. priority .. ':' .. whole(segment)
end

-- Entries are planned first and written at the end: pushes[key] and fronts[key] hold what goes to a list's end and head,
-- delays[key] scores and entries.
local pushes, push_order, fronts, front_order, delays, delay_order = {}, {}, {}, {}, {}, {}

local function plan(planned, order, key)
  local values = planned[key]
  if not values then
    values = {}
    planned[key] = values
    order[#order + 1] = key
    needs(key)
  end
  return values
end

local function push_to(queue, priority, list, entry)
  if list.count == 0 then list.tail_count, list.tail_bytes = 0, 0 end
  if list.tail_count >= segment_entries or list.tail_bytes + #entry > segment_bytes and list.tail_count > 0 then
    list.tail, list.tail_count, list.tail_bytes = list.tail + 1, 0, 0
  end
  local values = plan(pushes, push_order, list_key(queue, priority, list, list.tail))
  values[#values + 1] = entry
  list.count, list.tail_count, list.tail_bytes = list.count + 1, list.tail_count + 1, list.tail_bytes + #entry
end

-- LPUSH turns the order round: give the newest first.
local function front_of(queue, priority, list, entry)
  if list.count == 0 then list.tail_count, list.tail_bytes = 0, 0 end
  local values = plan(fronts, front_order, list_key(queue, priority, list, list.head))
  values[#values + 1] = entry
  list.count = list.count + 1
  if list.head == list.tail then
    list.tail_count, list.tail_bytes = list.tail_count + 1, list.tail_bytes + #entry
  end
end
` + lanes + /* lua */ String.raw`
-- Reads the lanes that entries are to come to; each is a queue, a priority and an entry.
local function load_lanes_of(places)
  local order, members = {}, {}
  for i = 1, #places do
    local queue, name = places[i][1], lane_in(places[i][3])
    if name ~= '' then
      if not members[queue] then
        members[queue] = {}
        order[#order + 1] = queue
      end
      table.insert(members[queue], whole(places[i][2]) .. ' ' .. name)
    end
  end
  for i = 1, #order do load_lanes(order[i], members[order[i]]) end
end

-- An entry comes to its queue, or to its lane: to the end, or (head) before those that wait there.
local function add(queue, priority, entry, head)
  local name, lifo = lane_in(entry)
  if name ~= '' then return add_to_lane(queue, priority, name, entry, head or lifo) end
  local list = list_of(queue, priority)
  if head or lifo then front_of(queue, priority, list, entry) else push_to(queue, priority, list, entry) end
  queue.waiting, queue.changed, queue.grew = queue.waiting + 1, true, (queue.grew or 0) + 1
end

local function delay(queue, due, entry)
  local before = first_due(queue)
  if queue.expected and (not before or queue.expected < before) then before = queue.expected end
  if not before or due < before then queue.sooner = true end
  local set = queue.delayed[#queue.delayed]
  if not set or set.count >= segment_entries or set.bytes + #entry > segment_bytes and set.count > 0 then
    set = { n = set and set.n + 1 or 0, count = 0, bytes = 0, first = due }
    queue.delayed[#queue.delayed + 1] = set
  end
  local values = plan(delays, delay_order, prefix .. ':d:' .. queue.name .. ':' .. whole(set.n))
  values[#values + 1] = whole(due)
  values[#values + 1] = entry
  if due < set.first then set.first = due end
  set.count, set.bytes, queue.changed = set.count + 1, set.bytes + #entry, true
end

local function write_planned()
  for i = 1, #front_order do variadic('LPUSH', front_order[i], fronts[front_order[i]]) end
  for i = 1, #push_order do variadic('RPUSH', push_order[i], pushes[push_order[i]]) end
  for i = 1, #delay_order do variadic('ZADD', delay_order[i], delays[delay_order[i]]) end
end

-- The map notes which of the tasks that hold a unique key a worker has taken: only one that waits may be replaced.
local function mark_taken(set, entry)
  local id = string.match(entry, '^%d|%d+|([^|]*)|%$')
  if id then
    set[#set + 1] = 't:' .. id
    set[#set + 1] = '1'
  end
end

local function unmark_taken(remove, entry)
  local id = string.match(entry, '^%d|%d+|([^|]*)|%$')
  if id then remove[#remove + 1] = 't:' .. id end
end

-- What a caller that declared too few keys is told: nothing was done; these keys are missing, these are the layouts.
local function add_layouts(reply, keys)
  if keys and #keys > 0 then
    reply[#reply + 1] = '?'
    reply[#reply + 1] = table.concat(keys, '\n')
  end
  for i = 1, #queue_order do
    reply[#reply + 1] = queue_order[i]
    reply[#reply + 1] = queues[queue_order[i]].text
  end
  if journal.text then journal.tell(reply) end
  return reply
end
`;

/** Workers that wait for a signal: `<worker>|<turn>|<queues>|<free slots>|<offered slots>|<offer ends>|<comes at>` each, by `;`. */
export const parked: string = /* lua */ String.raw`
local parked, parked_changed = {}, false

local function read_parked(text)
  for worker, turn, names, free, offered, ends, watches in
    string.gmatch(text or '', '([^|;]+)|(%d+)|([^|]*)|([%d ]*)|([%d ]*)|(%d+)|(%d+)') do
    local place = {
      worker = worker, turn = turn, names = names, free = {}, offered = {}, ends = tonumber(ends),
      watches = tonumber(watches), new = {},
    }
    for slot in string.gmatch(free, '%d+') do place.free[#place.free + 1] = slot end
    for slot in string.gmatch(offered, '%d+') do place.offered[#place.offered + 1] = slot end
    parked[#parked + 1] = place
  end
end

local function write_parked()
  local places = {}
  for i = 1, #parked do
    local place = parked[i]
    if not place.gone then
      places[#places + 1] = place.worker .. '|' .. place.turn .. '|' .. place.names .. '|'
        .. table.concat(place.free, ' ') .. '|' .. table.concat(place.offered, ' ') .. '|' .. whole(place.ends) .. '|' .. whole(place.watches)
    end
  end
  return table.concat(places, ';')
end

local function serves(place, queue_name)
  return not place.gone and #place.free > 0
    and string.find(' ' .. place.names .. ' ', ' ' .. queue_name .. ' ', 1, true)
end

-- Workers that would learn of something by a turn: as many as there are new entries, or one that hears of it.
local function wake(queue_name, count)
  if queues[queue_name].paused then return end
  for i = 1, #parked do
    if count <= 0 then return end
    local place = parked[i]
    if serves(place, queue_name) and #place.offered == 0 then
      place.gone, parked_changed = true, true
      if redis.call('PUBLISH', prefix .. ':w:' .. place.worker, 'w') > 0 then count = count - #place.free end
    end
  end
end
`;

/** Tells who is parked of what came to queues. */
export const telling: string = /* lua */ String.raw`
-- Wakes who waits for what came to queues, and adds to what is written to the map how they are now.
local function tell_queues(set)
  for i = 1, #queue_order do
    local queue = queues[queue_order[i]]
    local count = (queue.grew or 0) + (queue.came or 0)
    if count > 0 then wake(queue.name, count) elseif queue.sooner then wake(queue.name, 1) end
    if queue.changed then
      queue.text = write_queue(queue)
      set[#set + 1] = 'q:' .. queue.name
      set[#set + 1] = queue.text
    end
  end
  if parked_changed then
    set[#set + 1] = 'parked'
    set[#set + 1] = write_parked()
  end
end
`;
