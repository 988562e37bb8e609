/** Parks the worker or not, wakes others, notes until when it is alive, and writes the map. */
export const end: string = /* lua */ String.raw`
-- Park again, or no longer.
local still_free = {}
while leave ~= '1' and #still_free < limit_count - used do still_free[#still_free + 1] = free_slot() end
local names_text = table.concat(names, ' ')
local parks = park == '1' and leave ~= '1' and #still_free > 0 and more == '0' and #parked < 256
-- One of those that wait for the same queues comes in time for what is due next, the others a little later: should it
-- not come.
local watches = wake_at
for i = 1, #parked do
  local other = parked[i]
  if other ~= place and not other.gone and parks and other.names == names_text
    and other.watches > 0 and other.watches <= wake_at then
    wake_at, watches = wake_at + 100, 0
    break
  end
end
if place then
  local same = parks and #place.offered == 0 and not place.gone and place.names == names_text
    and table.concat(place.free, ' ') == table.concat(still_free, ' ') and place.watches == watches
  if not same then
    place.gone, parked_changed = true, true
  end
end
if parks and (not place or place.gone) then
  parked[#parked + 1] = { worker = worker, turn = whole(turn), names = names_text, free = still_free, offered = {}, ends = 0, watches = watches }
  parked_changed = true
end

-- Others hear of what came to a queue in this turn and was not taken by it, and of what will be due while it has no room.
for i = 1, #queue_order do
  local queue = queues[queue_order[i]]
  local is_served = i <= serve_count and leave ~= '1'
  local came = math.min(queue.came or 0, is_served and queue.left or math.huge)
  local grew = math.min(queue.grew or 0, queue.waiting)
  local is_full = is_served and #still_free == 0 and used > 0
  if grew + came > 0 then
    wake(queue.name, grew + came)
  elseif queue.sooner and not is_served or is_full and (queue.sleeps or queue.left > 0 or first_due(queue)) then
    wake(queue.name, 1)
  end
end

-- Alive until: short while it holds something, long while it is idle; written rarely.
local holds = next(held) ~= nil
local add, set_worker = {}, changed or parked_changed or #deliveries > 0 or not map_fields[own]
if leave == '1' then
  -- Remembered for a while, so that a late repetition of an earlier turn does not bring the worker back to life.
  until_time = now + 60000
  add = { whole(until_time), worker }
elseif holds then
  if until_time < now + lease * 2 / 3 or until_time > now + lease then
    until_time = now + lease
    add = { whole(until_time), worker }
  end
elseif until_time < now + 15000 or (until_time < now + idle_lease / 3 and not changed and not parked_changed) then
  until_time = now + idle_lease
  add = { whole(until_time), worker }
end
if #add > 0 then
  set_worker = true
  redis.call('ZADD', workers, unpack(add))
  -- Left-overs of settled entries go when there is nothing better to do.
  if not holds and dirty > 0 then
    for slot = 1, dirty do remove[#remove + 1] = 'h:' .. worker .. ':' .. slot end
    dirty = 0
  end
end
if (#add > 0 or next_sweep ~= sweep) and (next_sweep == 0 or until_time < next_sweep) then next_sweep = until_time end

for i = 1, #queue_order do
  local queue = queues[queue_order[i]]
  if queue.changed then
    queue.text = write_queue(queue)
    if leave == '1' and queue.text == '|' then
      remove[#remove + 1] = 'q:' .. queue.name
    else
      set[#set + 1] = 'q:' .. queue.name
      set[#set + 1] = queue.text
    end
  elseif leave == '1' and queue.text == '|' then
    remove[#remove + 1] = 'q:' .. queue.name
  end
end
if parked_changed then
  set[#set + 1] = 'parked'
  set[#set + 1] = write_parked()
end
if next_sweep ~= sweep then
  set[#set + 1] = 'sweep'
  set[#set + 1] = whole(next_sweep)
end
if forget > 0 then
  set[#set + 1] = 'rc'
  set[#set + 1] = whole(math.max(revoked_count - forget, 0))
end
if set_worker then
  local holding = {}
  for slot, token in pairs(held) do
    local lane = held_lane[slot]
    holding[#holding + 1] = slot .. ':' .. token .. (lane and lane ~= '' and ':' .. lane or '')
  end
  set[#set + 1] = own
  set[#set + 1] = whole(turn) .. '|' .. whole(until_time) .. '|' .. whole(dirty) .. '|' .. whole((leave == '1' and 1 or 0) + (more == '1' and 2 or 0))
    .. '|' .. names_text .. '|' .. lost_text .. '|' .. table.concat(holding, ' ')
end
if leave == '1' then journal.worker('-', worker, '{}') elseif map_fields[own] and #add > 0 then journal.worker('h', worker, '{}') end
note_pages(set, map_fields['pages'])
mail.write(set, remove)
journal.write(set, worker, map_fields)
if #remove > 0 then variadic('HDEL', map, remove) end
if #dead > 0 then variadic('ZREM', workers, dead) end
if #set > 0 then variadic('HSET', map, set) end
for i = 1, #watch_order do
  local list = watching[watch_order[i]]
  local kind, client = string.match(watch_order[i], '^(.)(.*)$')
  redis.call('PUBLISH', prefix .. ':c:' .. client, kind .. '\t' .. table.concat(list, '\t\t'))
end
sooner(next_sweep)
-- The keys that the worker's next turn is likely to need.
local hinted = {}
local function hint(key)
  if not hinted[key] then
    hinted[key] = true
    hints[#hints + 1] = key
  end
end
local function hint_limits(limit_names)
  for i = 1, #limit_names do
    local name = limit_names[i]
    hint(prefix .. ':g:' .. name)
    hint(prefix .. ':b:' .. name)
  end
end
for slot, lane in pairs(held_lane) do
  if held[slot] and lane ~= '' then hint_limits(names_in(lane)) end
end
for i = 1, #touched do
  local lane = touched[i]
  hint(prefix .. ':a:' .. lane.queue.name)
  hint(prefix .. ':y:' .. lane.queue.name)
  hint(prefix .. ':o:' .. lane.queue.name .. ':' .. lane.priority)
  hint(list_key(lane.queue, lane.priority, lane, lane.head))
  hint_limits(lane.names)
end
return answer(lost_text)
`;
