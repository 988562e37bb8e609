/** Releases what is due: to the end of its queue or lane, at most as much as one turn can take. */
export const release: string = /* lua */ String.raw`
local drop_due, released = {}, {}
for i = 1, serve_count do
  local queue = queues[names[i]]
  for j = 1, #queue.delayed do
    local set = queue.delayed[j]
    if set.count > 0 and (set.first <= now and not queue.paused or early == '1') then
      local key = prefix .. ':d:' .. queue.name .. ':' .. whole(set.n)
      needs(key)
      if declared[key] then
        changed = true
        local found = redis.call('ZRANGE', key, '0', '500', 'WITHSCORES')
        local due, first = 0, nil
        for k = 1, #found, 2 do
          local score = tonumber(found[k + 1])
          if due == 500 or (score > now and early ~= '1') then
            first = score
            break
          end
          due = due + 1
          set.bytes = math.max(set.bytes - #found[k], 0)
          released[#released + 1] = { queue, tonumber(string.sub(found[k], 1, 1)), found[k] }
        end
        -- What this turn puts there itself is planned and not yet to be found.
        local planned = delays[key] or {}
        for k = 1, #planned, 2 do
          local score = tonumber(planned[k])
          if not first or score < first then first = score end
        end
        if #found <= 1000 then set.count = (#found + #planned) / 2 end
        set.count, set.first = set.count - due, first or 0
        if due > 0 then drop_due[#drop_due + 1] = { key, whole(due - 1) } end
        queue.changed = true
      end
    end
  end
end

load_lanes_of(released)
for i = 1, #released do add(released[i][1], released[i][2], released[i][3]) end

-- A turn that holds what it does not know learns of it before it is given more.
deliver_unknown()
`;
