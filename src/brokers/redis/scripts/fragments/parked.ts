/**
 * Workers that wait for a signal, each `<worker>|<turn>|<queues>|<free slots>|<offered slots>|<offer ends>|<comes at>`, by
 * `;`.
 */
export const parked: string = /* lua */ String.raw`
local parked, parked_changed = {}, false

local function read_parked(text)
  for worker, turn, names, free, offered, ends, watches in
    string.gmatch(text or '', '([^|;]+)|(%d+)|([^|]*)|([%d ]*)|([%d ]*)|(%d+)|(%d+)') do
    local place = {
      worker = worker, turn = turn, names = names, free = {}, offered = {}, ends = tonumber(ends),
      watches = tonumber(watches), new = {},
    }
    for slot in string.gmatch(free, '%d+') do place.free[#place.free + 1] = slot end
    for slot in string.gmatch(offered, '%d+') do place.offered[#place.offered + 1] = slot end
    parked[#parked + 1] = place
  end
end

local function write_parked()
  local places = {}
  for i = 1, #parked do
    local place = parked[i]
    if not place.gone then
      places[#places + 1] = place.worker .. '|' .. place.turn .. '|' .. place.names .. '|'
        .. table.concat(place.free, ' ') .. '|' .. table.concat(place.offered, ' ') .. '|' .. whole(place.ends) .. '|' .. whole(place.watches)
    end
  end
  return table.concat(places, ';')
end

local function serves(place, queue_name)
  return not place.gone and #place.free > 0
    and string.find(' ' .. place.names .. ' ', ' ' .. queue_name .. ' ', 1, true)
end

-- Workers that would learn of something by a turn: as many as there are new entries, or one that hears of it.
local function wake(queue_name, count)
  if queues[queue_name].paused then return end
  for i = 1, #parked do
    if count <= 0 then return end
    local place = parked[i]
    if serves(place, queue_name) and #place.offered == 0 then
      place.gone, parked_changed = true, true
      if redis.call('PUBLISH', prefix .. ':w:' .. place.worker, 'w') > 0 then count = count - #place.free end
    end
  end
end
`;
