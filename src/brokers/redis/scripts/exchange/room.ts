/** Who gets the room that limits have: lanes that wait for them are called on, and what one does not use goes to the next. */
export const room: string = /* lua */ String.raw`
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

local function sleep(lane, at, state)
  put_lane(lane, state or 'y', at)
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
`;
