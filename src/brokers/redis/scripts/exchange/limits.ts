/**
 * What limits stand at: the place of the next start on the time line of a rate, how many run, how many lanes wait. Read
 * once, written at the end. What they allow is in `lanes.ts`, who may start in `plan.ts`.
 */
export const limits: string = /* lua */ String.raw`
local limits, limit_order = {}, {}
-- A start that came late by so much is made good (ms); and places are fractions, whose sums are not exact.
local lateness, hair = 100, 0.001

local function load_limits(lanes)
  local fresh, keys = {}, {}
  for i = 1, #lanes do
    for j = 1, #lanes[i].names do
      local name = lanes[i].names[j]
      if not limits[name] then
        local limit = {
          name = name, rule = rule_of(name), key = prefix .. ':g:' .. name,
          held_by = '', held_until = 0, next = 0, running = 0, waiting = 0, given = 0, popped = 0, added = {}, leaving = {}, timers = {},
        }
        limits[name] = limit
        limit_order[#limit_order + 1] = limit
        -- Where nothing may run whatever the key, its lanes wait for the limit itself.
        limit.blocked = prefix .. ':b:' .. (limit.rule.concurrency == 0 and limit.rule.shared and limit.rule.base or name)
        needs(limit.blocked)
        if needs(limit.key) then
          fresh[#fresh + 1] = limit
          keys[#keys + 1] = limit.key
        end
      end
    end
  end
  for from = 1, #keys, 500 do
    local to = math.min(from + 499, #keys)
    local found = redis.call('MGET', unpack(keys, from, to))
    for i = from, to do
      local limit = fresh[i]
      local next_start, running, waiting, held_until, held_by =
        string.match(found[i - from + 1] or '', '^([%d.]+)|(%d+)|(%d+)|?(%d*)|?(.*)$')
      if next_start then
        limit.next, limit.running, limit.waiting, limit.is_known = tonumber(next_start), tonumber(running), tonumber(waiting), true
        if held_until ~= '' then limit.held_until, limit.held_by = tonumber(held_until), held_by end
      end
    end
  end
end

-- How many may start by its rate; only who waited for a place gets one that is over.
local function first_place(limit, waited)
  return math.max(limit.next, waited and now - lateness or now)
end
local function starts_of(limit, waited)
  local interval = limit.rule.interval
  if not interval or early == '1' then return math.huge end
  return math.max(math.floor((now - first_place(limit, waited) + hair) / interval) + limit.rule.burst, 0)
end
local function places_of(limit)
  if early == '1' then return math.huge end
  return (limit.rule.concurrency or math.huge) - limit.running - limit.given
end
-- One place may be held for a lane that others always forestall.
local function held_for_others(limit, lane)
  return limit.held_until > now and (not lane or limit.held_by ~= lane.queue.name .. ' ' .. lane.member) and 1 or 0
end
local function room_of(limit, waited, lane)
  return math.min(places_of(limit), starts_of(limit, waited) - limit.given) - held_for_others(limit, lane)
end
local function opens_at(limit)
  return math.ceil(first_place(limit, true) - (limit.rule.burst - 1) * limit.rule.interval - hair)
end

-- The lanes of deliveries that are held no longer: what they name runs one less.
local freed = {}
local function free_lane(lane_name)
  if lane_name and lane_name ~= '' then freed[#freed + 1] = { names = names_in(lane_name) } end
end
`;

/** Writes them, with those that wait for their time among what sleeps in the queues. */
export const limitsWritten: string = /* lua */ String.raw`
local function write_limits()
  local kept, gone = {}, {}
  for i = 1, #limit_order do
    local limit = limit_order[i]
    if limit.popped > 0 then redis.call('ZREMRANGEBYRANK', limit.blocked, '0', whole(limit.popped - 1)) end
    if #limit.leaving > 0 then
      limit.waiting, limit.changed = limit.waiting - redis.call('ZREM', limit.blocked, unpack(limit.leaving)), true
    end
    limit.waiting = math.max(limit.waiting, 0) + #limit.added
    local opens = limit.rule.interval and math.max(opens_at(limit), now) or now
    -- What is held is free again then.
    if opens <= now and limit.held_until > now then opens = limit.held_until end
    for queue_name in pairs(limit.timers) do
      -- Where the rate lets somebody start already, others run: room is given when they end.
      if limit.waiting > 0 and opens > now then
        redis.call('ZADD', prefix .. ':y:' .. queue_name, whole(opens), '= ' .. limit.name)
        if queues[queue_name] and queues[queue_name].is_served then
          queues[queue_name].sleeps = true
          sooner(opens)
        end
      else
        redis.call('ZREM', prefix .. ':y:' .. queue_name, '= ' .. limit.name)
      end
    end
    if limit.changed then
      local text = string.format('%.3f', limit.next) .. '|' .. whole(limit.running) .. '|' .. whole(limit.waiting)
      if limit.held_until > now then text = text .. '|' .. whole(limit.held_until) .. '|' .. limit.held_by end
      if limit.running > 0 or limit.waiting > 0 then
        kept[#kept + 1] = limit.key
        kept[#kept + 1] = text
      elseif limit.next > now then
        redis.call('SET', limit.key, text, 'PX', whole(limit.next - now + 1000))
      elseif limit.is_known then
        gone[#gone + 1] = limit.key
      end
    end
  end
  for from = 1, #kept, 500 do redis.call('MSET', unpack(kept, from, math.min(from + 499, #kept))) end
  for from = 1, #gone, 500 do redis.call('DEL', unpack(gone, from, math.min(from + 499, #gone))) end
end
`;
