/** Writes all that was planned so far, and takes what is next. Nothing is written before this. */
export const take: string = /* lua */ String.raw`
if #need > 0 then return add_layouts({ 'need' }, need) end

-- From here on, writing.
write_planned()
for i = 1, #drop_due do redis.call('ZREMRANGEBYRANK', drop_due[i][1], '0', drop_due[i][2]) end
write_pages(now)
chosen.write()
family.write()
free_keys(free_key, free_id)
kept.write()
if #letters > 0 then variadic('ZADD', prefix .. ':f', letters) end

-- Slots that are free by the worker's view too, the lowest first.
local last_slot, used, bytes = 0, #deliveries / 4, 0
local function free_slot()
  repeat
    last_slot = last_slot + 1
  until not held[tostring(last_slot)] and not is_used[tostring(last_slot)]
  return tostring(last_slot)
end
local function lease_to(queue, entry, lane_name)
  local slot = free_slot()
  held[slot], held_lane[slot] = tostring(turn), lane_name
  dirty, bytes = math.max(dirty, last_slot), bytes + #entry
  set[#set + 1] = 'h:' .. worker .. ':' .. slot
  set[#set + 1] = whole(turn) .. '|' .. queue.name .. '|' .. entry
  mark_taken(set, entry)
  journal.received(entry, queue.name, worker)
  deliver(slot, whole(turn), queue.name, entry)
end

-- What was revoked is leased too, to be handed in with the next turn. As much at once as a turn may bring.
local most_met, met = 500, 0
local function meet(queue, entry, id)
  local slot = free_slot()
  held[slot], held_lane[slot] = tostring(turn), ''
  dirty, bytes, more, met = math.max(dirty, last_slot), bytes + #entry, '1', met + 1
  set[#set + 1] = 'h:' .. worker .. ':' .. slot
  set[#set + 1] = whole(turn) .. '|' .. queue.name .. '|' .. entry
  deliver(slot, whole(turn), '!', id)
end

-- Pops entries of a list: those that were not revoked meanwhile.
local function pop(queue, priority, list, wanted)
  local entries = redis.call('LPOP', list_key(queue, priority, list, list.head), whole(wanted)) or {}
  queue.changed, changed = true, true
  list.count = math.max(list.count - #entries, 0)
  if list.head == list.tail then
    list.tail_count = math.max(list.tail_count - #entries, 0)
    for j = 1, #entries do list.tail_bytes = math.max(list.tail_bytes - #entries[j], 0) end
    if #entries == 0 then
      -- The list is gone: the server lost it. Better to say so by its count than to come again and again.
      list.count = 0
    end
  elseif #entries < wanted then
    list.head = list.head + 1
  end
  local live = entries
  if revoked_count > 0 and #entries > 0 then
    local ids = {}
    for j = 1, #entries do ids[j] = 'r:' .. string.match(entries[j], '^%d|%d+|([^|]*)|') end
    local tombs = hmget(map, ids)
    live = {}
    for j = 1, #entries do
      if tombs[ids[j]] then meet(queue, entries[j], string.sub(ids[j], 3)) else live[#live + 1] = entries[j] end
    end
  end
  return live, #entries
end

local function pop_plain(queue, priority, most)
  local list, found = queue.lists[priority], {}
  while most > #found and list.count > 0 and bytes < 4194304 and met < most_met do
    if not declared[list_key(queue, priority, list, list.head)] then
      more = '1'
      break
    end
    -- No more than some 4 MiB a turn: so many of the size that they have at the queue's end.
    local wanted = most - #found
    local each = list.tail_count > 0 and list.tail_bytes / list.tail_count or 0
    if wanted * each > 4194304 then wanted = math.max(math.floor(4194304 / each), 1) end
    local before = list.count
    local entries = pop(queue, priority, list, wanted)
    queue.waiting = math.max(queue.waiting - (before - list.count), 0)
    for j = 1, #entries do
      found[#found + 1] = entries[j]
      bytes = bytes + #entries[j]
    end
  end
  return found
end

-- What lanes may start was decided, and what was revoked passed over.
local function pop_lane(lane)
  local queue, level, before = lane.queue, lane.queue.levels[lane.priority], lane.count
  lane.entries, lane.next_entry = pop(queue, lane.priority, lane, lane.taken), 1
  level.count = math.max(level.count - (before - lane.count), 0)
  touch(lane)
end
for i = 1, #touched do
  if touched[i].taken > 0 then pop_lane(touched[i]) end
end
for i = 1, #shares do
  local queue, priority, picks = shares[i].queue, shares[i].priority, shares[i].picks
  local plain = shares[i].plain > 0 and pop_plain(queue, priority, shares[i].plain) or {}
  for j = 1, math.max(#picks, #plain) do
    if plain[j] then
      used, bytes = used + 1, bytes - #plain[j]
      lease_to(queue, plain[j], '')
    end
    if picks[j] then
      local lane, count = picks[j].lane, picks[j].count
      if lane.entries[lane.next_entry] then used = used + 1 end
      for k = lane.next_entry, math.min(lane.next_entry + count - 1, #lane.entries) do
        lease_to(queue, lane.entries[k], lane.name)
      end
      lane.next_entry = lane.next_entry + count
    end
  end
end
for i = 1, serve_count do
  local queue = queues[names[i]]
  if queue.is_served and leave ~= '1' then
    if queue.waiting > 0 then more = '1' end
    sooner(first_due(queue))
  end
end
for i = 1, #touched do
  local lane = touched[i]
  if lane.count == 0 and lane.was == 'b' then
    for j = 1, #lane.names do
      local leaving = limits[lane.names[j]] and limits[lane.names[j]].leaving
      if leaving then leaving[#leaving + 1] = lane.queue.name .. ' ' .. lane.member end
    end
  end
end
write_limits()
write_lanes()

-- Those the worker runs and whose task was revoked in the meantime.
if revoked_count > 0 then
  local slots, entry_fields = {}, {}
  for i = 1, #known_order do
    local slot, token = known_order[i][1], known_order[i][2]
    if held[slot] == token then
      slots[#slots + 1] = slot .. ':' .. token
      entry_fields[#entry_fields + 1] = 'h:' .. worker .. ':' .. slot
    end
  end
  local values, ids = hmget(map, entry_fields), {}
  for i = 1, #slots do
    ids[i] = 'r:' .. (string.match(values[entry_fields[i]] or '', '^%d+|[^|]*|%d|%d+|([^|]*)|') or '')
  end
  local tombs = hmget(map, ids)
  for i = 1, #slots do
    if tombs[ids[i]] then revoked[#revoked + 1] = slots[i] .. (tombs[ids[i]] == 't' and '!' or '') end
  end
end
`;
