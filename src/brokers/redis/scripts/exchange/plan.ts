/** Which lanes may start how many, by what their limits allow: decided before anything is written. */
export const plan: string = /* lua */ String.raw`
-- What is not held any more makes room.
do
  local names = {}
  for i = 1, #freed do
    for j = 1, #freed[i].names do names[#names + 1] = freed[i].names[j] end
  end
  learn_rules(hmget(map, rule_fields(names, {})))
  load_limits(freed)
  for i = 1, #names do
    local limit = limits[names[i]]
    limit.running, limit.changed = math.max(limit.running - 1, 0), true
  end
end

local most_lanes, most_looks, looks = 32, 500, 0
local function room_of(limit)
  if early == '1' or not limit.rule.concurrency then return math.huge end
  return limit.rule.concurrency - limit.running - limit.given
end

-- Lanes of served queues that may be worth a look: by priority those that are ready, by time those that slept.
local function look_at(lane, place)
  if place then lane.found[place] = true end
  local level = level_of(lane.queue, lane.priority)
  if not level.looked then level.looked = {} end
  if not lane.is_looked then
    lane.is_looked = true
    level.looked[#level.looked + 1] = lane
  end
end

-- Lanes that wait for a limit get their chance, as many as it has room for.
local function give_room(limit)
  while #limit.added > 0 and room_of(limit) > 0 do
    -- Blocked in this very turn, by room that was given to one that did not use it.
    local lane = table.remove(limit.added, 1)
    lane.given, limit.given, lane.is_done = limit, limit.given + 1, false
    put_lane(lane, 'r')
  end
  if limit.waiting <= 0 or not declared[limit.blocked] then return end
  local wanted = math.min(room_of(limit), limit.waiting, most_lanes)
  if wanted <= 0 then return end
  local from = limit.popped or 0
  local found = redis.call('ZRANGE', limit.blocked, whole(from), whole(from + wanted - 1))
  limit.popped, limit.changed = from + #found, true
  if #found < wanted then limit.waiting = 0 else limit.waiting = limit.waiting - #found end
  local by_queue, order, given = {}, {}, {}
  for i = 1, #found do
    local queue_name, member = string.match(found[i], '^([^ ]+) (.*)$')
    if not by_queue[queue_name] then
      by_queue[queue_name] = {}
      order[#order + 1] = queue_name
    end
    table.insert(by_queue[queue_name], member)
  end
  for i = 1, #order do
    local queue = queues[order[i]]
    if not queue then
      local field = 'q:' .. order[i]
      queue = read_queue(order[i], hmget(map, { field })[field])
    end
    load_lanes(queue, by_queue[order[i]])
    for j = 1, #by_queue[order[i]] do
      local lane = queue.lanes[by_queue[order[i]][j]]
      if lane.count > 0 and (lane.state == 'b' or lane.state == 'r') then
        lane.time = math.max(lane.time, level_of(queue, lane.priority).time)
        lane.given, limit.given = limit, limit.given + 1
        put_lane(lane, 'r')
        queue.came = (queue.came or 0) + 1
        if queue.is_served then
          look_at(lane)
          given[#given + 1] = lane
        end
      end
    end
  end
  load_limits(given)
  if #given == 0 and limit.waiting > 0 and limit.popped < most_looks then give_room(limit) end
end

-- It did not use the room that it was given: others may.
local function give_back_room(lane)
  local limit = lane.given
  if not limit then return end
  lane.given = nil
  limit.given = limit.given - 1
end
local function others_of(lane)
  for i = 1, #lane.names do
    local limit = limits[lane.names[i]]
    if limit then give_room(limit) end
  end
end

-- The time of its next start, which is taken up by that: see Limit of the ports.
local function reserve(lane, slack)
  local at = now
  for i = 1, #lane.names do
    local limit = limits[lane.names[i]]
    local interval = limit.rule.interval
    if interval then
      local base = math.max(limit.next, now - slack)
      at = math.max(at, base - (limit.rule.burst - 1) * interval)
      limit.next, limit.changed, lane.has_rate = base + interval, true, true
    end
  end
  return math.ceil(at)
end

local function sleep(lane, state, at)
  put_lane(lane, state, at)
  lane.queue.sleeps = true
  sooner(at)
end

local function blocking(lane)
  for i = 1, #lane.names do
    local limit = limits[lane.names[i]]
    if room_of(limit) <= 0 and lane.given ~= limit then return limit end
  end
end

-- Lets a lane start what it may, and says how many that are, and whether it is to be looked at again.
local function look(lane, room)
  local left = lane.count - lane.taken
  looks = looks + 1
  if left <= 0 then
    give_back_room(lane)
    others_of(lane)
    return 0, false
  end
  if early ~= '1' and lane.at > now then
    sleep(lane, lane.state, lane.at)
    give_back_room(lane)
    others_of(lane)
    return 0, false
  end
  local limit = blocking(lane)
  if limit then
    put_lane(lane, 'b')
    lane.blocked_by = limit.blocked
    limit.added[#limit.added + 1], limit.changed = lane, true
    give_back_room(lane)
    others_of(lane)
    return 0, false
  end
  local batch = batch_of(lane)
  if lane.state ~= 't' and early ~= '1' then
    if batch and lane.state ~= 'y' and left < batch.size then
      sleep(lane, 'y', now + batch.wait)
      give_back_room(lane)
      others_of(lane)
      return 0, false
    end
    local at = reserve(lane, 0)
    if at > now then
      sleep(lane, 't', at)
      give_back_room(lane)
      others_of(lane)
      return 0, false
    end
  end
  give_back_room(lane)
  local count = early == '1' and math.min(left, room) or batch and math.min(left, batch.size) or 1
  for i = 1, #lane.names do count = math.min(count, math.max(room_of(limits[lane.names[i]]), 1)) end
  for i = 1, #lane.names do
    local named = limits[lane.names[i]]
    named.running, named.changed = named.running + count, true
  end
  lane.taken = lane.taken + count
  local level = level_of(lane.queue, lane.priority)
  if lane.state ~= 't' then level.time = math.max(level.time, lane.time) end
  lane.time = lane.time + count
  lane.queue.changed = true
  put_lane(lane, 'r')
  if left > count and not batch and early ~= '1' then
    local at = reserve(lane, 100)
    if lane.has_rate then put_lane(lane, 't', at) end
    if at > now then
      sleep(lane, 't', at)
      return count, false
    end
  end
  return count, true
end

local function next_lane(level)
  local best
  for i = 1, #level.looked do
    local lane = level.looked[i]
    if not lane.is_done and (not best or (lane.state == 't') ~= (best.state == 't') and lane.state == 't'
      or (lane.state == 't') == (best.state == 't') and (lane.time < best.time or lane.time == best.time and lane.member < best.member)) then
      best = lane
    end
  end
  return best
end

-- Up to so many starts of lanes of this priority; a batch is one.
local planned_bytes = 0
local function serve_lanes(queue, priority, room, picks)
  local level, used = queue.levels[priority], 0
  if not level or not level.looked then return 0 end
  while used < room and planned_bytes < 4194304 and looks < most_looks do
    local lane = next_lane(level)
    if not lane then break end
    local count, again = look(lane, room - used)
    lane.is_done = not again
    if count > 0 then
      used = used + 1
      if early == '1' then used = used + count - 1 end
      picks[#picks + 1] = { lane = lane, count = count }
      planned_bytes = planned_bytes + count * (lane.tail_count > 0 and lane.tail_bytes / lane.tail_count or 0)
    end
  end
  return used
end

-- Lanes of the queues that the worker takes from.
for i = 1, serve_count do
  local queue = queues[names[i]]
  queue.is_served = not queue.paused or early == '1'
  if next(queue.levels) and queue.is_served and leave ~= '1' then
    local asleep, members = prefix .. ':y:' .. queue.name, {}
    if early == '1' then
      if needs(prefix .. ':a:' .. queue.name) then
        local scanned = redis.call('HSCAN', prefix .. ':a:' .. queue.name, '0', 'COUNT', '100')[2]
        for j = 1, #scanned, 2 do members[#members + 1] = { scanned[j] } end
        needs(asleep)
      end
    else
      if needs(asleep) then
        local found = redis.call('ZRANGE', asleep, '0', whole(most_lanes), 'WITHSCORES')
        for j = 1, #found, 2 do
          if tonumber(found[j + 1]) > now then
            sooner(math.ceil(tonumber(found[j + 1])))
            queue.sleeps = true
            break
          end
          members[#members + 1] = { found[j], asleep }
        end
      end
      for priority = 9, 0, -1 do
        if queue.levels[priority] then
          local ready = prefix .. ':o:' .. queue.name .. ':' .. priority
          if needs(ready) then
            local found = redis.call('ZRANGE', ready, '0', whole(most_lanes - 1))
            if #found == most_lanes then queue.has_more_lanes = true end
            for j = 1, #found do members[#members + 1] = { priority .. ' ' .. found[j], ready } end
          end
        end
      end
    end
    local wanted, loaded = {}, {}
    for j = 1, #members do wanted[j] = members[j][1] end
    load_lanes(queue, wanted)
    for j = 1, #members do
      local lane = queue.lanes[members[j][1]]
      if early == '1' then lane.found[asleep], lane.found[prefix .. ':o:' .. queue.name .. ':' .. lane.priority] = true, true end
      if lane.count == 0 then touch(lane) end
      look_at(lane, members[j][2])
      loaded[j] = lane
    end
    -- What came in this turn.
    for member, lane in pairs(queue.lanes) do
      if lane.is_touched and lane.count > 0 then
        look_at(lane)
        loaded[#loaded + 1] = lane
      end
    end
    load_limits(loaded)
  end
end

for i = 1, #limit_order do if limit_order[i].changed then give_room(limit_order[i]) end end

-- By queue and priority; where plain entries and lanes both wait they share the room.
local shares, room = {}, leave == '1' and 0 or math.max(limit_count - #deliveries / 4, 0)
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
      for j = 1, #share.picks do
        local lane = share.picks[j].lane
        needs(list_key(queue, priority, lane, lane.head))
      end
    end
  end
end
needs_of_lanes()
for i = 1, serve_count do
  local queue = queues[names[i]]
  queue.left = 0
  for priority = 0, 9 do
    local level = queue.levels[priority]
    for j = 1, #(level and level.looked or {}) do
      local lane = level.looked[j]
      if not lane.is_done and lane.count > lane.taken then queue.left = queue.left + 1 end
    end
  end
  if queue.is_served and (queue.left > 0 or queue.has_more_lanes) then more = '1' end
end
`;
