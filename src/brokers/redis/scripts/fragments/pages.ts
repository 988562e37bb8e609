/** Pages: which ids are on which, what they hold, and their ends. Their texts are described in keys.ts. */
export const pages: string = /* lua */ String.raw`
local pages, page_order = {}, {}

local function want_record(key, id)
  local page = pages[key]
  if not page then
    page = { fields = { '#' }, set = {}, open = 0, ends = 0 }
    pages[key] = page
    page_order[#page_order + 1] = key
  end
  page.fields[#page.fields + 1] = id
end

-- Those that were not read yet.
local function read_pages(now)
  for i = 1, #page_order do
    local page = pages[page_order[i]]
    if not page.found then
      page.found = hmget(page_order[i], page.fields)
      if page.found['#'] then
        local open, ends = string.match(page.found['#'], '^(%d+)|(%d+)$')
        page.known, page.was_open, page.open, page.ends = true, tonumber(open), tonumber(open), tonumber(ends)
        -- Over, and not yet expired by the server's own clock.
        if now and page.open == 0 and page.ends < now then page.found = {} end
      end
    end
  end
end

-- What a record's head says of repetitions: of the publish, and of the last change.
local function nonces_in(head)
  return (string.match(head, ' n%w+') or '') .. (string.match(head, ' m%w+') or '')
end

local function set_record(page, id, record)
  page.found[id] = record
  page.set[#page.set + 1] = id
  page.set[#page.set + 1] = record
end

local function end_record(page, ends)
  if page.open > 0 then page.open = page.open - 1 end
  if ends > page.ends then page.ends = ends end
end

-- Who holds a unique key, from its value.
local function holder_of(value, now)
  local holder, ends = string.match(value or '', '^([^ ]*) (%d+)$')
  return holder and tonumber(ends) > now and holder
end

local function hold_key(key, id, keep, now)
  redis.call('SET', key, id .. ' ' .. whole(now + tonumber(keep)), 'PX', keep)
end

-- Unique keys are free again, if these tasks hold them still.
local function free_keys(keys, ids)
  for i = 1, #keys do
    if holder_of(redis.call('GET', keys[i]), 0) == ids[i] then redis.call('DEL', keys[i]) end
  end
end

-- One HSET a page; a page expires as a whole, once none of its tasks is open.
local function write_pages(now)
  for i = 1, #page_order do
    local key = page_order[i]
    local page = pages[key]
    if #page.set > 0 then
      page.set[#page.set + 1] = '#'
      page.set[#page.set + 1] = whole(page.open) .. '|' .. whole(page.ends)
      variadic('HSET', key, page.set)
      if page.open == 0 then
        redis.call('PEXPIRE', key, whole(math.max(page.ends - now, 1000)))
      elseif page.known and page.was_open == 0 then
        redis.call('PERSIST', key)
      end
    end
  end
end
`;
