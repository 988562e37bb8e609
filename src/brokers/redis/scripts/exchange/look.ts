/** Looks at a lane: what it may start now, and where it waits if it may not. */
export const look: string = /* lua */ String.raw`
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
    sleep(lane, lane.at, lane.state)
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
`;
