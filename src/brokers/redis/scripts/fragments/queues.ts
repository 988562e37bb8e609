import { lanes } from "./lanes.ts";

/**
 * Queues: their layouts, adding to them and returning to them. Begins with what lanes need of it. Their texts are described
 * in keys.ts.
 */
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
