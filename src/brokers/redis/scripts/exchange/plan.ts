/** Which lanes may start how many, by what their limits allow: decided before anything is written. */
export const plan: string = /* lua */ String.raw`
-- What is taken, by queue and priority. All else in here is nobody else's: Lua allows 200 locals at a time.
local shares = {}
do
-- What is not held any more makes room, and so may what a worker declares.
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
  for i = 1, #revised do
    load_limits({ { names = { revised[i] } } })
    local limit = limits[revised[i]]
    limit.next, limit.changed = math.min(limit.next, now), true
  end
end

local most_lanes, most_looks, looks = 32, 500, 0

local function look_at(lane, place)
  if place then lane.found[place] = true end
  local level = level_of(lane.queue, lane.priority)
  level.looked = level.looked or {}
  if not lane.is_looked then
    lane.is_looked = true
    level.looked[#level.looked + 1] = lane
  end
end

-- A lane that waited for a limit gets its chance.
local function give(lane, limit)
  lane.given, lane.is_done, limit.given = limit, false, limit.given + 1
  put_lane(lane, 'r')
end

local function give_room(limit)
  while #limit.added > 0 and room_of(limit, true) > 0 do
    -- Blocked in this very turn, by room that was given to one that did not use it.
    give(table.remove(limit.added, 1), limit)
  end
  if limit.waiting <= 0 or not declared[limit.blocked] then return end
  local wanted = math.min(room_of(limit, true), limit.waiting, most_lanes)
  if wanted <= 0 then
    if places_of(limit) > 0 and (limit.rule.interval or limit.held_until > now) then
      local found = redis.call('ZRANGE', limit.blocked, whole(limit.popped), whole(limit.popped))
      if found[1] then limit.timers[string.match(found[1], '^[^ ]+')] = true end
    end
    return
  end
  local found = redis.call('ZRANGE', limit.blocked, whole(limit.popped), whole(limit.popped + wanted - 1))
  limit.popped, limit.changed = limit.popped + #found, true
  limit.waiting = #found < wanted and 0 or limit.waiting - #found
  local members, order, given, count = {}, {}, {}, 0
  for i = 1, #found do
    local queue_name, member = string.match(found[i], '^([^ ]+) (.*)$')
    if not members[queue_name] then
      members[queue_name] = {}
      order[#order + 1] = queue_name
    end
    table.insert(members[queue_name], member)
  end
  for i = 1, #order do
    local queue = queues[order[i]]
    if not queue then
      local field = 'q:' .. order[i]
      queue = read_queue(order[i], hmget(map, { field })[field])
    end
    load_lanes(queue, members[order[i]])
    for j = 1, #members[order[i]] do
      local lane = queue.lanes[members[order[i]][j]]
      if lane.count > 0 and (lane.state == 'b' or lane.state == 'r') then
        count = count + 1
        come_back(lane)
        give(lane, limit)
        queue.came = (queue.came or 0) + 1
        if queue.is_served then
          look_at(lane)
          given[#given + 1] = lane
        end
      end
    end
  end
  load_limits(given)
  if count < wanted and limit.popped < most_looks then give_room(limit) end
end

-- It does not use the room that it was given: others may. And so they may have the room of its other limits.
local function take_back(lane)
  local limit = lane.given
  lane.given = nil
  if limit then limit.given = limit.given - 1 end
end
local function pass_on(lane)
  take_back(lane)
  for i = 1, #lane.names do
    if limits[lane.names[i]] then give_room(limits[lane.names[i]]) end
  end
end

local function sleep(lane, at)
  put_lane(lane, 'y', at)
  lane.queue.sleeps = true
  sooner(at)
end

-- Each of its limits has room in turn, and others always use it: then the place that it was given is held until the rest
-- has room too, for a while. So a lane that needs several limits starts at last.
local most_misses, hold = 8, 10000
local function miss(lane)
  lane.misses = math.min(lane.misses + 1, 99)
  if lane.misses < most_misses then return end
  for i = 1, #lane.names do
    local limit = limits[lane.names[i]]
    if limit == lane.given and limit.held_until <= now then
      limit.held_by, limit.held_until, limit.changed = lane.queue.name .. ' ' .. lane.member, now + hold, true
    end
  end
end

local function block(lane, limit)
  if lane.given and lane.given ~= limit then miss(lane) end
  put_lane(lane, 'b')
  lane.blocked_by = limit.blocked
  limit.added[#limit.added + 1], limit.changed = lane, true
  if limit.rule.interval or limit.held_until > now then limit.timers[lane.queue.name] = true end
end

local function blocking(lane)
  for i = 1, #lane.names do
    local limit = limits[lane.names[i]]
    if lane.given ~= limit and room_of(limit, false, lane) <= 0 then return limit end
  end
end

-- Those at its head that were revoked are passed over. They are looked for only while there are some.
local function pass_revoked(lane)
  if revoked_count == 0 then return end
  if not lane.ids then
    local ids, key = {}, list_key(lane.queue, lane.priority, lane, lane.head)
    local planned = fronts[key] or {}
    for i = #planned, 1, -1 do ids[#ids + 1] = planned[i] end
    local found = needs(key) and redis.call('LRANGE', key, '0', '499') or {}
    for i = 1, #found do ids[#ids + 1] = found[i] end
    -- What comes in this turn is not yet there to be read.
    planned = #found < 500 and pushes[key] or {}
    for i = 1, #planned do ids[#ids + 1] = planned[i] end
    for i = 1, #ids do ids[i] = 'r:' .. string.match(ids[i], '^%d|%d+|([^|]*)|') end
    local tombs = hmget(map, ids)
    lane.ids, lane.revoked = ids, 0
    for i = 1, #ids do
      lane.ids[i] = tombs[ids[i]] and true
      if lane.ids[i] then lane.revoked = lane.revoked + 1 end
    end
  end
  while lane.ids[lane.taken + 1] do
    lane.taken, lane.revoked = lane.taken + 1, lane.revoked - 1
    touch(lane)
  end
end
local function left_in(lane)
  pass_revoked(lane)
  return lane.count - lane.taken - (lane.revoked or 0)
end

local freed_holds = {}
-- Lets a lane start what it may; returns how many that are, and whether it is to be looked at again.
local function look(lane, room)
  looks = looks + 1
  local left = left_in(lane)
  if left <= 0 then
    pass_on(lane)
    return 0, false
  end
  if lane.at > now and early ~= '1' then
    sleep(lane, lane.at)
    pass_on(lane)
    return 0, false
  end
  local limit = blocking(lane)
  if limit then
    block(lane, limit)
    pass_on(lane)
    return 0, false
  end
  local batch = batch_of(lane)
  if batch and lane.state ~= 'y' and left < batch.size and early ~= '1' then
    sleep(lane, now + batch.wait)
    pass_on(lane)
    return 0, false
  end
  local given = lane.given
  take_back(lane)
  local count = early == '1' and math.min(left, room) or batch and math.min(left, batch.size) or 1
  for i = 1, #lane.names do
    local named = limits[lane.names[i]]
    count = math.min(count, math.max(room_of(named, named == given, lane), 1))
  end
  for i = 1, #lane.names do
    local named = limits[lane.names[i]]
    if named.rule.interval and early ~= '1' then
      named.next = first_place(named, named == given) + count * named.rule.interval
    end
    named.running, named.changed = named.running + count, true
    if named.held_until > now and held_for_others(named, lane) == 0 then named.held_until, freed_holds[#freed_holds + 1] = 0, named end
  end
  lane.misses = 0
  -- Others that wait for the rate are to be called on at its next start, whoever was called on for this one.
  for i = 1, #lane.names do
    local named = limits[lane.names[i]]
    if named.rule.interval and named.waiting > 0 and not next(named.timers) then give_room(named) end
  end
  for _ = 1, count do
    pass_revoked(lane)
    lane.taken = lane.taken + 1
  end
  serve(lane, count)
  put_lane(lane, 'r')
  left = left_in(lane)
  if left <= 0 then return count, false end
  if batch and left < batch.size and early ~= '1' then
    sleep(lane, now + batch.wait)
    return count, false
  end
  limit = blocking(lane)
  if limit then block(lane, limit) end
  return count, not limit
end

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
