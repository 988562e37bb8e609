import { look } from "./look.ts";
import { room } from "./room.ts";

/** Which lanes may start how many, by what their limits allow: decided before anything is written. */
export const plan: string = room + look + /* lua */ String.raw`
-- Reads lanes of a queue that may be worth a look; each is a member and the place where it was found.
local function look_at_all(queue, members)
  local wanted, loaded = {}, {}
  for i = 1, #members do wanted[i] = members[i][1] end
  load_lanes(queue, wanted)
  for i = 1, #members do
    local lane = queue.lanes[members[i][1]]
    -- One that is gone leaves the place where it was found.
    if lane.count == 0 then touch(lane) end
    look_at(lane, members[i][2])
    loaded[i] = lane
  end
  load_limits(loaded)
end

-- The next of those that are ready, by virtual time.
local function look_further(queue, priority)
  local level = queue.levels[priority]
  if not level or level.is_seen then return false end
  local ready = prefix .. ':o:' .. queue.name .. ':' .. priority
  if not needs(ready) then
    level.is_seen = true
    return false
  end
  local from, members = level.from or 0, {}
  local found = redis.call('ZRANGE', ready, whole(from), whole(from + most_lanes - 1))
  level.from, level.is_seen = from + #found, #found < most_lanes
  for i = 1, #found do members[i] = { priority .. ' ' .. found[i], ready } end
  look_at_all(queue, members)
  if #found > 0 then level.seen_to = queue.lanes[members[#found][1]].time end
  return #found > 0
end

-- Those that slept until now, and limits whose rate lets somebody start again.
local function wake_sleepers(queue)
  local asleep, from, due = prefix .. ':y:' .. queue.name, 0, {}
  if not needs(asleep) then return end
  while from < most_looks do
    local found, members = redis.call('ZRANGE', asleep, whole(from), whole(from + most_lanes - 1), 'WITHSCORES'), {}
    for i = 1, #found, 2 do
      local name, at = string.match(found[i], '^= (.*)$'), tonumber(found[i + 1])
      if at > now and not (name and is_revised[string.match(name, '^[^#]*')]) then
        sooner(at)
        queue.sleeps = true
      elseif name then
        due[#due + 1] = name
      else
        members[#members + 1] = { found[i], asleep }
      end
    end
    look_at_all(queue, members)
    from = from + most_lanes
    if #found < 2 * most_lanes or tonumber(found[#found]) > now then break end
  end
  learn_rules(hmget(map, rule_fields(due, {})))
  for i = 1, #due do
    load_limits({ { names = { due[i] } } })
    limits[due[i]].timers[queue.name], limits[due[i]].changed = true, true
  end
end

-- A purge takes them all, wherever they are.
local function look_at_any(queue)
  local key, members = prefix .. ':a:' .. queue.name, {}
  if not needs(key) then return end
  local found = redis.call('HSCAN', key, '0', 'COUNT', '100')[2]
  for i = 1, #found, 2 do members[#members + 1] = { found[i] } end
  look_at_all(queue, members)
  for i = 1, #members do
    local lane = queue.lanes[members[i][1]]
    lane.found[prefix .. ':y:' .. queue.name], lane.found[prefix .. ':o:' .. queue.name .. ':' .. lane.priority] = true, true
  end
  for _, level in pairs(queue.levels) do level.is_seen = true end
end

for i = 1, serve_count do
  local queue = queues[names[i]]
  queue.is_served = leave ~= '1' and (not queue.paused or early == '1')
  if queue.is_served and next(queue.levels) then
    if early == '1' then look_at_any(queue) else wake_sleepers(queue) end
    local came = {}
    for _, lane in pairs(queue.lanes) do
      if lane.is_touched and lane.count > 0 then came[#came + 1] = { lane.member } end
    end
    look_at_all(queue, came)
  end
end
local changed_limits = {}
for i = 1, #limit_order do
  if limit_order[i].changed then changed_limits[#changed_limits + 1] = limit_order[i] end
end
for i = 1, #changed_limits do give_room(changed_limits[i]) end

local function next_lane(queue, level, priority)
  local best
  for i = 1, #level.looked do
    local lane = level.looked[i]
    if not lane.is_done and (not best or lane.time < best.time or lane.time == best.time and lane.member < best.member) then
      best = lane
    end
  end
  if best and (level.is_seen or best.time <= (level.seen_to or -1)) then return best end
  if look_further(queue, priority) then return next_lane(queue, level, priority) end
  return best
end

-- Up to so many starts of lanes of this priority; a batch is one.
local planned_bytes = 0
local function serve_lanes(queue, priority, room, picks)
  local level, used = queue.levels[priority], 0
  if not level then return 0 end
  level.looked = level.looked or {}
  while used < room and planned_bytes < 4194304 and looks < most_looks do
    local lane = next_lane(queue, level, priority)
    if not lane then break end
    local count, again = look(lane, room - used)
    lane.is_done = not again
    if count > 0 then
      used = used + (early == '1' and count or 1)
      picks[#picks + 1] = { lane = lane, count = count }
      planned_bytes = planned_bytes + count * (lane.tail_count > 0 and lane.tail_bytes / lane.tail_count or 0)
    end
  end
  return used
end

-- By queue and priority; where plain entries and lanes both wait they share the room.
local room = leave == '1' and 0 or math.max(limit_count - #deliveries / 4, 0)
for i = 1, serve_count do
  local queue = queues[names[i]]
  for priority = 9, 0, -1 do
    local list = queue.lists[priority]
    local waiting = list and list.count or 0
    if room > 0 and queue.is_served and (waiting > 0 or queue.levels[priority]) then
      local share = { queue = queue, priority = priority, picks = {} }
      local first = waiting == 0 and room or math.floor((room + turn % 2) / 2)
      local used = serve_lanes(queue, priority, first, share.picks)
      share.plain = math.min(waiting, math.max(room - used, 0))
      used = used + share.plain
      if used < room then used = used + serve_lanes(queue, priority, room - used, share.picks) end
      room = math.max(room - used, 0)
      shares[#shares + 1] = share
    end
  end
end
for i = 1, #freed_holds do give_room(freed_holds[i]) end
needs_of_lanes()
for i = 1, #touched do
  local lane = touched[i]
  if lane.taken > 0 then needs(list_key(lane.queue, lane.priority, lane, lane.head)) end
end
for i = 1, #limit_order do
  for queue_name in pairs(limit_order[i].timers) do needs(prefix .. ':y:' .. queue_name) end
end
for i = 1, serve_count do
  local queue = queues[names[i]]
  queue.left = 0
  for _, level in pairs(queue.levels) do
    for j = 1, #(level.looked or {}) do
      local lane = level.looked[j]
      if not lane.is_done and lane.count > lane.taken then queue.left = queue.left + 1 end
    end
    -- Nobody had room to look at those behind.
    if queue.is_served and not level.is_seen and level.count > 0 then queue.is_unseen = true end
  end
  if queue.is_served and (queue.left > 0 or queue.is_unseen) then more = '1' end
end
end
`;
