/**
 * Lanes: messages of a queue and priority that name the same limits, in order. The piece of Lua that knows where lanes
 * are and what limits allow; which of them may start is decided in `exchange/plan.ts`.
 *
 * A lane that holds something is in one of three sorted sets: _ready_ (its queue's and priority's, by virtual time),
 * _asleep_ (its queue's, by the time when it is worth a look) or _blocked_ (a limit's, by virtual time). It may be found
 * in a place that it has left: whoever looks at a lane goes by its own state.
 *
 * @module
 */

/** Part of {@linkcode queues}. All texts it reads and writes are described in keys.ts. */
export const lanes: string = /* lua */ String.raw`
-- What limits allow, by name: of the name with its key, of the name alone, and as declared; members add up.
local rules = {}
local function read_rule(text, rule)
  local rate, concurrency, batch = string.match(text, '^([^;]*);([^;]*);([^;]*)$')
  if rate ~= '' and not rule.interval then
    local limit, period, burst = string.match(rate, '^(%d+):(%d+):(%d+)$')
    rule.interval, rule.burst = tonumber(period) / tonumber(limit), tonumber(burst)
  end
  if concurrency ~= '' and not rule.concurrency then rule.concurrency = tonumber(concurrency) end
  if batch ~= '' and not rule.size then
    local size, wait = string.match(batch, '^(%d+):(%d+)$')
    rule.size, rule.wait = tonumber(size), tonumber(wait)
  end
end
local function rule_of(name)
  local base = string.match(name, '^[^#]*')
  local rule, declared_text, set_text = {}, string.match(rules[base] or '|', '^([^|]*)|(.*)$')
  local own = name ~= base and rules[name]
  if own and own ~= '|' then read_rule(string.sub(own, 2), rule) end
  rule.shared = rule.concurrency == nil
  if set_text ~= '' then read_rule(set_text, rule) end
  if declared_text ~= '' then read_rule(declared_text, rule) end
  rule.base = base
  return rule
end
-- The fields of the map that say what these limits allow.
local function rule_fields(names, fields)
  for i = 1, #names do
    local base = string.match(names[i], '^[^#]*')
    if rules[base] == nil then
      rules[base] = false
      fields[#fields + 1] = 'l:' .. base
    end
    if rules[names[i]] == nil then
      rules[names[i]] = false
      fields[#fields + 1] = 'l:' .. names[i]
    end
  end
  return fields
end
local function learn_rules(found)
  for name, known in pairs(rules) do
    if not known then rules[name] = found['l:' .. name] or false end
  end
end

local function names_in(lane_name)
  local names = {}
  for name in string.gmatch(lane_name, '[^,]+') do names[#names + 1] = name end
  return names
end

-- Reads lanes of a queue, those that are not read yet; members are '<priority> <name>'.
local function load_lanes(queue, members)
  local key, fields = prefix .. ':a:' .. queue.name, {}
  for i = 1, #members do
    if not queue.lanes[members[i]] then
      fields[#fields + 1] = members[i]
      queue.lanes[members[i]] = true
    end
  end
  if #fields == 0 then return end
  local found, names = needs(key) and hmget(key, fields) or {}, {}
  for i = 1, #fields do
    local priority, name = string.match(fields[i], '^(%d) (.*)$')
    local h, t, c, tc, tb, time, at, state, misses =
      string.match(found[fields[i]] or '0:0:0:0:0:0:0:-', '^(%d+):(%d+):(%d+):(%d+):(%d+):(%d+):(%d+):(.)(%d*)$')
    local lane = {
      queue = queue, priority = tonumber(priority), name = name, member = fields[i], names = names_in(name),
      head = tonumber(h), tail = tonumber(t), count = tonumber(c), tail_count = tonumber(tc), tail_bytes = tonumber(tb),
      time = tonumber(time), at = tonumber(at), state = state, was = state, misses = tonumber(misses) or 0, taken = 0, found = {}, is_known = found[fields[i]] and true,
    }
    queue.lanes[fields[i]] = lane
    for j = 1, #lane.names do names[#names + 1] = lane.names[j] end
  end
  learn_rules(hmget(map, rule_fields(names, {})))
end

local function level_of(queue, priority)
  local level = queue.levels[priority]
  if not level then
    level = { count = 0, time = 0, came = 0 }
    queue.levels[priority] = level
  end
  return level
end

local touched = {}
local function touch(lane)
  if not lane.is_touched then
    lane.is_touched = true
    touched[#touched + 1] = lane
  end
end

-- r: ready, y: asleep until then or until its batch is full, z: at rest until then, whatever comes, b: blocked.
local function put_lane(lane, state, at)
  lane.state, lane.at = state, at or 0
  touch(lane)
end

-- Lanes take turns by virtual time: start-time fair queueing, where a start takes two turns' length. One that comes goes
-- before those that were served last, and after those that came before it.
local function come_back(lane)
  local level = level_of(lane.queue, lane.priority)
  level.came = (level.came + 1) % 10000
  lane.time, lane.queue.changed = math.max(lane.time, level.time + 10000 + level.came), true
end
local function serve(lane, count)
  local level = level_of(lane.queue, lane.priority)
  level.time, lane.queue.changed = math.max(level.time, lane.time - lane.time % 10000), true
  lane.time = lane.time + 20000 * count
end

local function batch_of(lane)
  if lane.batch == nil then
    lane.batch = false
    for i = 1, #lane.names do
      local rule = rule_of(lane.names[i])
      if rule.size and rule.size > 1 then lane.batch = rule end
    end
  end
  return lane.batch
end

-- The lane must have been read.
local function add_to_lane(queue, priority, name, entry, head)
  local lane, level = queue.lanes[priority .. ' ' .. name], level_of(queue, priority)
  if head then front_of(queue, priority, lane, entry) else push_to(queue, priority, lane, entry) end
  level.count, queue.changed = level.count + 1, true
  touch(lane)
  local batch = batch_of(lane)
  if lane.count == 1 then
    come_back(lane)
    if batch then
      put_lane(lane, 'y', now + batch.wait)
      queue.sooner = true
    else
      put_lane(lane, 'r')
      queue.came = (queue.came or 0) + 1
    end
  elseif batch and lane.state == 'y' and lane.count >= batch.size and lane.at > now then
    lane.found[prefix .. ':y:' .. queue.name] = true
    put_lane(lane, 'r')
    queue.came = (queue.came or 0) + 1
  end
  return lane
end

-- Every lane that changed goes to where it belongs, out of where it was found.
local function write_lanes()
  local keys, key_order = {}, {}
  local function put(command, key, ...)
    local full = command .. ' ' .. key
    if not keys[full] then
      keys[full] = { command = command, key = key }
      key_order[#key_order + 1] = full
    end
    local values = { ... }
    for i = 1, #values do keys[full][#keys[full] + 1] = values[i] end
  end
  for i = 1, #touched do
    local lane = touched[i]
    local queue = lane.queue
    local ready, asleep = prefix .. ':o:' .. queue.name .. ':' .. lane.priority, prefix .. ':y:' .. queue.name
    if lane.count == 0 then
      put('HDEL', prefix .. ':a:' .. queue.name, lane.member)
      lane.state = '-'
    else
      put('HSET', prefix .. ':a:' .. queue.name, lane.member, whole(lane.head) .. ':' .. whole(lane.tail) .. ':'
        .. whole(lane.count) .. ':' .. whole(lane.tail_count) .. ':' .. whole(lane.tail_bytes) .. ':' .. whole(lane.time)
        .. ':' .. whole(lane.at) .. ':' .. lane.state .. (lane.misses > 0 and lane.misses or ''))
    end
    local place = lane.state == 'r' and ready or lane.state == 'b' and lane.blocked_by
      or (lane.state == 'y' or lane.state == 'z') and asleep
    if lane.found[ready] and place ~= ready then put('ZREM', ready, lane.name) end
    if lane.found[asleep] and place ~= asleep then put('ZREM', asleep, lane.member) end
    if place == ready then put('ZADD', ready, whole(lane.time), lane.name) end
    if place == asleep then put('ZADD', asleep, whole(lane.at), lane.member) end
    -- One that was blocked before stays where it is.
    if lane.state == 'b' and lane.blocked_by then put('ZADD', lane.blocked_by, whole(lane.time), queue.name .. ' ' .. lane.member) end
  end
  for i = 1, #key_order do variadic(keys[key_order[i]].command, keys[key_order[i]].key, keys[key_order[i]]) end
end

-- Before writing: the keys that lanes which changed will be written to.
local function needs_of_lanes()
  for i = 1, #touched do
    local lane = touched[i]
    needs(prefix .. ':a:' .. lane.queue.name)
    needs(prefix .. ':o:' .. lane.queue.name .. ':' .. lane.priority)
    needs(prefix .. ':y:' .. lane.queue.name)
  end
end
`;
