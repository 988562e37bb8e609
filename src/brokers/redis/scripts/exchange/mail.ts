/**
 * A worker's mail: what it has not read comes with each turn, and what it has read is kept in mind until it expires. All of
 * it is one local: a script may have 200.
 */
export const mail: string = /* lua */ String.raw`
local mail = { unread = {} }

function mail.open(text)
  if not text then return end
  local read, kept = {}, {}
  for id in string.gmatch(mail_read, '%S+') do read[id] = true end
  for ends, id, command in string.gmatch(text, '(%d+) (%S+) ([^\n]*)\n') do
    if tonumber(ends) > now then
      if read[id] then command = '' end
      kept[#kept + 1] = ends .. ' ' .. id .. ' ' .. command .. '\n'
      if command ~= '' then mail.unread[#mail.unread + 1] = kept[#kept] end
    end
  end
  mail.before, mail.after = text, leave == '1' and '' or table.concat(kept)
end

function mail.add_to(reply)
  if #mail.unread == 0 then return end
  reply[#reply + 1] = '*'
  reply[#reply + 1] = table.concat(mail.unread)
end

function mail.write(set, remove)
  if mail.before == mail.after then return end
  if mail.after == '' then
    remove[#remove + 1] = 'm:' .. worker
  else
    set[#set + 1] = 'm:' .. worker
    set[#set + 1] = mail.after
  end
end
`;
