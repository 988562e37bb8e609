/**
 * The names of pages that are made, so that records can be listed. A sender alone would pay for a command of its own each
 * time, so they gather in the map, which is written anyway: `<slice>:<names> …`. A slice is 16 times of 1.024 s, and a
 * name in it 4 hexadecimal digits: which of them, and the page. At 400 characters and more they move to a sorted set, a
 * member for each slice, scored by it. That keeps 100,000 members, those of the latest slices: 10,000,000 pages where
 * many are made a second, or 19 days in which every slice has some.
 *
 * To be put behind `pages`. One function: a turn has nearly as many locals as Lua lets a script have.
 */
export const pageNames: string = /* lua */ String.raw`
-- Adds to what is written to the map the names of pages that are written and were not there; text is what it holds.
local function note_pages(set, text)
  text = text or ''
  local start, before = prefix .. ':p:', text
  for i = 1, #page_order do
    local key, page = page_order[i], pages[page_order[i]]
    if #page.set > 0 and not page.known and string.sub(key, 1, #start) == start then
      local time, number = string.match(key, '^(%w+)%-(%x+)$', #start + 1)
      time = tonumber(time, 36)
      local slice, name = whole(math.floor(time / 16)), string.format('%x', time % 16) .. number
      local newest, rest = string.match(text, '^(%d+):(.*)$')
      if newest ~= slice then rest = text == '' and '' or ' ' .. text end
      text = slice .. ':' .. name .. rest
    end
  end
  if text == before then return end
  if #text >= 400 then
    local members, order, scored = {}, {}, {}
    for slice, names in string.gmatch(text, '(%d+):(%x+)') do
      if not members[slice] then order[#order + 1] = slice end
      members[slice] = (members[slice] or slice .. ':') .. names
    end
    for i = 1, #order do
      scored[2 * i - 1], scored[2 * i] = order[i], members[order[i]]
    end
    variadic('ZADD', prefix .. ':P', scored)
    redis.call('ZREMRANGEBYRANK', prefix .. ':P', '0', '-100001')
    text = ''
  end
  set[#set + 1] = 'pages'
  set[#set + 1] = text
end
`;
