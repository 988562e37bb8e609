import { script } from "../connection/script.ts";
import { declared } from "./fragments/declared.ts";
import { parked } from "./fragments/parked.ts";
import { queues } from "./fragments/queues.ts";

/**
 * Sets what a limit allows, or (an empty `rule`) takes that back; what waits for it is looked at again. Further
 * arguments: the queues that there are.
 *
 * Returns `ok`; or `need` and keys, having done nothing, when keys are missing.
 */
export const limit = script({
  name: "limit",
  keys: ["map"],
  args: ["prefix", "now", "limit_name", "rule"],
  body: declared + queues + parked + /* lua */ String.raw`
now = tonumber(now)
local fields = { 'parked', 'l:' .. limit_name }
for at = first_arg, #ARGV do fields[#fields + 1] = 'q:' .. ARGV[at] end
local found = hmget(map, fields)
read_parked(found['parked'])
local known = found['l:' .. limit_name] or '|'
local text = string.match(known, '^[^|]*') .. '|' .. rule
if text == known then return { 'ok' } end
rules[limit_name] = text
-- Its states, with or without keys, and how many lanes leave each.
local states, state_order = {}, {}
local function is_meant(name) return name == limit_name or string.match(name, '^[^#]*') == limit_name end
local function want_state(name)
  if states[name] then return end
  states[name] = 0
  state_order[#state_order + 1] = name
end
want_state(limit_name)

-- Lanes that wait for a batch of another size, and limits that wait for their time.
local timers = {}
for at = first_arg, #ARGV do
  local queue = read_queue(ARGV[at], found['q:' .. ARGV[at]])
  local key = prefix .. ':y:' .. queue.name
  if next(queue.levels) and needs(key) then
    local members, asleep = {}, redis.call('ZRANGE', key, '0', '999')
    for i = 1, #asleep do
      local timer, name = string.match(asleep[i], '^= (.*)$'), string.match(asleep[i], '^%d (.*)$')
      if timer and is_meant(timer) then
        want_state(timer)
        timers[#timers + 1] = { key, asleep[i] }
        queue.came = (queue.came or 0) + 1
      end
      for one in string.gmatch(name or '', '[^,]+') do
        if is_meant(one) then members[#members + 1] = asleep[i] end
      end
    end
    load_lanes(queue, members)
    for i = 1, #members do
      local lane = queue.lanes[members[i]]
      local batch = batch_of(lane)
      if lane.count > 0 and lane.state == 'y' and batch and lane.count >= batch.size then
        lane.found[key] = true
        put_lane(lane, 'r')
        queue.came = (queue.came or 0) + 1
      end
    end
  end
end

-- Lanes that are blocked by it. More than that many follow as those end that run.
local blocked = prefix .. ':b:' .. limit_name
local freed = {}
if needs(blocked) then
  freed = redis.call('ZRANGE', blocked, '0', '999')
  for i = 1, #freed do
    local queue_name, member = string.match(freed[i], '^([^ ]+) (.*)$')
    local queue = queues[queue_name]
    if queue then
      load_lanes(queue, { member })
      local lane = queue.lanes[member]
      for j = 1, #lane.names do
        if is_meant(lane.names[j]) then
          want_state(lane.names[j])
          states[lane.names[j]] = states[lane.names[j]] + 1
        end
      end
      if lane.count > 0 and lane.state == 'b' then
        put_lane(lane, 'r')
        queue.came = (queue.came or 0) + 1
      end
    end
  end
end
needs_of_lanes()
for i = 1, #state_order do needs(prefix .. ':g:' .. state_order[i]) end
if #need > 0 then return add_layouts({ 'need' }, need) end

if text == '|' then redis.call('HDEL', map, 'l:' .. limit_name) else redis.call('HSET', map, 'l:' .. limit_name, text) end
for i = 1, #state_order do
  local key = prefix .. ':g:' .. state_order[i]
  local running, waiting = string.match(redis.call('GET', key) or '', '^[%d.]+|(%d+)|(%d+)$')
  if running then
    waiting = math.max(tonumber(waiting) - states[state_order[i]], 0)
    if running == '0' and waiting == 0 then
      redis.call('DEL', key)
    else
      redis.call('SET', key, whole(now) .. '|' .. running .. '|' .. whole(waiting))
    end
  end
end
for i = 1, #timers do redis.call('ZADD', timers[i][1], whole(now), timers[i][2]) end
if #freed > 0 then redis.call('ZREMRANGEBYRANK', blocked, '0', whole(#freed - 1)) end
write_lanes()
for i = 1, #queue_order do
  local queue = queues[queue_order[i]]
  if queue.came then wake(queue.name, queue.came) end
end
if parked_changed then redis.call('HSET', map, 'parked', write_parked()) end
return { 'ok' }
`,
});
